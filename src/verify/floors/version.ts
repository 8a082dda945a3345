/**
 * Parses, orders and formats versions as the programs of a rung write them: runc's `1.4.0-rc.3`, gVisor's
 * `release-20240729.0`, kernels such as `6.12.48+deb13-amd64`, and package versions (`1:10.0.13+ds-0+deb13u1`).
 */

/**
 * gVisor built from source reports `VERSION_MISSING` (runsc/version/version.go): only its release builds set a version.
 * Its features show how old it can be at most.
 */

const UNSTAMPED = /\bVERSION_MISSING\b/;
const WITH_FEATURES = '(has `runsc features`)';
/** gVisor added runsc/cmd/features.go in 2026: no earlier build has the command. */
const FEATURES_SINCE = 'release-20260101.0';

/** Returns whether this is the version text of a program built from source. */
export const isSourceBuild = (said: string): boolean => UNSTAMPED.test(said);

/**
 * Returns the first line of the version text, with a mark if `runsc features` printed the features of an OCI runtime
 * (`printed`). Pure.
 */
export function withFeatures(said: string, printed: string): string {
  const [line = ''] = said.split('\n');
  return printed.includes('"ociVersionMax"') ? `${line} ${WITH_FEATURES}` : line;
}

/**
 * Returns the oldest release that this build may have, from the text of `withFeatures`; undefined if it may be any.
 * Pure.
 */
export const oldestPossible = (text: string): string | undefined =>
  text.includes(WITH_FEATURES) ? FEATURES_SINCE : undefined;

/** Stages before a release, from early to late. */
const STAGES = ['dev', 'alpha', 'beta', 'rc'] as const;
type Stage = (typeof STAGES)[number];

export interface Version {
  readonly numbers: readonly number[];
  readonly stage: { readonly name: Stage; readonly number: number } | undefined;
  /**
   * The whole version as a distribution writes it, without the epoch: the numbers do not show its patches. Undefined
   * for upstream releases.
   */
  readonly distribution: string | undefined;
}

const NUMBERS = String.raw`\d{1,9}(?:\.\d{1,9})+`;
const GENERIC = new RegExp(
  String.raw`^v?(?<numbers>${NUMBERS})(?:[-~]?(?<stage>${STAGES.join('|')})[.-]?(?<count>\d{0,9})(?![a-z]))?(?<rest>.*)$`,
);
/** Versions by date. Debian and Ubuntu prefix `0.0~`, so that later version numbers sort higher. */
const GVISOR = /^(?<mark>release-|0\.0~)(?<numbers>\d{8}\.\d{1,9})(?<rest>.*)$/;

/**
 * Upstream builds that look like a distribution's: Docker's own packages, and commits after a tag, by git-describe(1).
 */
const MAKERS_OWN = /~(?:debian|ubuntu)\.\d|^-\d+-g[0-9a-f]{7,}/;
/**
 * Matches repacked sources and revisions of Debian and Ubuntu, RPM releases, and kernel flavours of Ubuntu, SUSE and
 * Arch.
 */
const DISTRIBUTIONS_OWN = /^[-+~.]?(?:ds|dfsg|deb)\d*(?![a-z])|^-\d|ubuntu|\.(?:el|fc|amzn|azl)\d|^-arch\d/;

/**
 * Returns the first version in the output of `--version`. If the text repeats it with a distribution's revision (runc's
 * commit, QEMU's parentheses), returns that, because it says more. Undefined if there is none.
 */
export function parseVersion(text: string): Version | undefined {
  const found = text.split(/[\s,()]+/).flatMap((word) => parseAgentMessage(word) ?? []);
  const [first] = found;
  if (first === undefined) return undefined;
  const same = found.filter((version) => compareVersions(version, first) === 0);
  const lengthOf = ({ distribution = '' }: Version): number => distribution.length;
  return same.reduce((most, version) => (lengthOf(version) > lengthOf(most) ? version : most), first);
}

function parseAgentMessage(word: string): Version | undefined {
  const bare = word.replace(/^\d+:/, '');
  const groups = (GVISOR.exec(bare) ?? GENERIC.exec(bare))?.groups;
  if (groups === undefined) return undefined;
  const { numbers = '', rest = '', mark, count } = groups;
  const stage = STAGES.find((name) => name === groups['stage']);
  const isDistributions = !MAKERS_OWN.test(rest) && (mark === '0.0~' || DISTRIBUTIONS_OWN.test(rest));
  return {
    numbers: numbers.split('.').map(Number),
    stage: stage === undefined ? undefined : { name: stage, number: Number(count) },
    distribution: isDistributions ? bare : undefined,
  };
}

/** Orders releases: negative if `a` is older. Ignores a distribution's revision. */
export function compareVersions(a: Version, b: Version): number {
  const length = Math.max(a.numbers.length, b.numbers.length);
  for (let index = 0; index < length; index += 1) {
    const difference = (a.numbers[index] ?? 0) - (b.numbers[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return rankOf(a) - rankOf(b) || (a.stage?.number ?? 0) - (b.stage?.number ?? 0);
}

const rankOf = ({ stage }: Version): number =>
  stage === undefined ? STAGES.length : STAGES.indexOf(stage.name);

/** Formats a version; it parses as the same version again. */
export function formatVersion({ numbers, stage, distribution }: Version): string {
  const before = stage === undefined ? '' : `-${stage.name}.${stage.number}`;
  return distribution ?? numbers.join('.') + before;
}
