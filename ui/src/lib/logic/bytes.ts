// Sizes as people read them.

/** "812 B", "18.4 MB": powers of ten, as disks are sold. */
export function bytes(n: number): string {
  if (n < 1000) return `${n} B`;
  const units = ["kB", "MB", "GB", "TB"];
  let size = n / 1000;
  let unit = 0;
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${size < 99.5 ? size.toFixed(1) : Math.round(size)} ${units[unit]}`;
}
