// A release, and two beside each other, as text for a clipboard.

import type { Commit, NamedChange, Passport, ReleaseComparison } from "../api/generated";
import { words } from "../words/en";
import { bytes } from "./bytes";
import { moment } from "./time";

const t = words.releases;

/** The passport as text. */
export function passportText(app: string, passport: Passport): string {
  const { release } = passport;
  return [
    `${t.of(app, release.version)} (${release.release})`,
    `${t.digest}: ${release.image ?? words.common.unknown}`,
    `${t.size}: ${passport.size === null ? t.noSize : bytes(passport.size)}`,
    `${t.commit}: ${release.commit ?? words.common.none}${release.dirty ? `, ${t.dirty}` : ""}`,
    `${t.made}: ${moment(release.created_at)}`,
    `${t.live}: ${release.live_in.join(", ") || t.nowhere}`,
    ...section(t.commits, passport.commits.map(commitText)),
    ...section(
      t.environments,
      passport.deployments.map((past) =>
        [
          past.environment,
          past.live_at ? moment(past.live_at) : t.neverLive,
          past.proof ? words.proof.sentence(past.proof.failed, past.proof.sent) : "",
          past.verdict ? words.verdict[past.verdict] : "",
        ]
          .filter(Boolean)
          .join(", "),
      ),
    ),
    ...section(
      t.evidence,
      passport.evidence.map(
        ({ finding }) => `[${words.finding[finding.result]}] ${finding.subject}: ${finding.evidence}`,
      ),
    ),
    ...section(
      t.decisions,
      passport.decisions.map(
        (decision) =>
          `${moment(decision.at)} ${words.verdict[decision.verdict]} ${words.decidedBy(decision.by)}${decision.note ? `: ${decision.note}` : ""}`,
      ),
    ),
  ].join("\n");
}

/** The comparison as text. */
export function comparisonText(app: string, compared: ReleaseComparison): string {
  return [
    `${app}: ${t.compareTitle(compared.from.version, compared.to.version)}`,
    compared.same_image ? t.sameImage : t.otherImage,
    ...section(t.come(compared.commits?.length ?? 0), (compared.commits ?? []).map(commitText)),
    ...section(t.go(compared.lost.length), compared.lost.map(commitText)),
    ...section(t.packages, (compared.packages ?? []).map(changeText)),
    ...section(t.configuration, compared.configuration.map(changeText)),
    ...(compared.pipeline ? ["", t.pipelineChange, compared.pipeline] : []),
  ].join("\n");
}

function section(title: string, lines: string[]): string[] {
  return lines.length === 0 ? [] : ["", title, ...lines.map((line) => `  ${line}`)];
}

const commitText = (commit: Commit) => `${commit.id?.slice(0, 7) ?? "-------"} ${commit.subject}`;

/** "WORKERS: new, 4". */
export function changeText(change: NamedChange): string {
  if (change.before === null) return `${change.name}: ${t.added}, ${change.after ?? ""}`;
  if (change.after === null) return `${change.name}: ${t.removed}, ${change.before}`;
  return `${change.name}: ${change.before} → ${change.after}`;
}

/** How the size of an image changed; null: one of them is not known. */
export function sizeChange(from: number | null, to: number | null): string | null {
  if (from === null || to === null) return null;
  if (from === to) return t.sameSize;
  return to < from ? t.smaller(bytes(from - to)) : t.larger(bytes(to - from));
}
