// Digests for demonstrations and tests.

/** A digest that only this text has. */
export function digestOf(text: string): string {
  let hex = "";
  for (let turn = 0; hex.length < 64; turn += 1) {
    let hash = 0x811c9dc5 ^ turn;
    for (const char of text) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193) >>> 0;
    hex += hash.toString(16).padStart(8, "0");
  }
  return `sha256:${hex}`;
}

/** What is known of a version of an app: its release, its image, its commit. */
export function identityOf(app: string, version: string) {
  const number = parseInt(digestOf(`${app} ${version}`).slice(7, 17), 16);
  return {
    release: `0199c3a0-7c00-7000-8000-${String(number).padStart(12, "0").slice(-12)}`,
    image: digestOf(`image ${app} ${version}`),
    commit: digestOf(`commit ${app} ${version}`).slice(7, 19),
  };
}
