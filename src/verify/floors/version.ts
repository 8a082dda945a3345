/**
 * Versions as the programs of a rung write them: runc's `1.4.0-rc.3`, gVisor's `release-20240729.0`, kernels such as
 * `6.12.48+deb13-amd64`, what a package manager makes of them (`1:10.0.13+ds-0+deb13u1`). Read, ordered, written back.
 */

/** Before a release, from early to late. */
const STAGES = ['dev', 'alpha', 'beta', 'rc'] as const;
type Stage = (typeof STAGES)[number];

export interface Version {
  readonly numbers: readonly number[];
  readonly stage: { readonly name: Stage; readonly number: number } | undefined;
  /**
   * The whole version as a distribution writes it, without the epoch: its patches are not in the numbers. Undefined for
   * what the makers themselves release.
   */
  readonly distribution: string | undefined;
}

const NUMBERS = String.raw`\d{1,9}(?:\.\d{1,9})+`;
const GENERIC = new RegExp(
  String.raw`^v?(?<numbers>${NUMBERS})(?:[-~]?(?<stage>${STAGES.join('|')})[.-]?(?<count>\d{0,9})(?![a-z]))?(?<rest>.*)$`,
);
/** By date. Debian and Ubuntu put `0.0~` before it, so that numbers that may come one day are higher. */
const GVISOR = /^(?<mark>release-|0\.0~)(?<numbers>\d{8}\.\d{1,9})(?<rest>.*)$/;

/** Builds of the makers that look like a distribution's: Docker's own packages, and commits after a tag, by git-describe(1). */
const MAKERS_OWN = /~(?:debian|ubuntu)\.\d|^-\d+-g[0-9a-f]{7,}/;
/** Repacked sources and revisions of Debian and Ubuntu, releases of RPM, flavours of Ubuntu's, SUSE's and Arch's kernels. */
const DISTRIBUTIONS_OWN = /^[-+~.]?(?:ds|dfsg|deb)\d*(?![a-z])|^-\d|ubuntu|\.(?:el|fc|amzn|azl)\d|^-arch\d/;

/**
 * Reads the version that a line, or the lines, of a program's `--version` name first. Where they name it again with a
 * distribution's revision (runc's commit, QEMU's parentheses), that is taken, as it says more.
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

/** Orders releases: negative where `a` is the older. What a distribution made of a release is not older or newer than it. */
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

/** As it is shown; reads back as the same version. */
export function formatVersion({ numbers, stage, distribution }: Version): string {
  const before = stage === undefined ? '' : `-${stage.name}.${stage.number}`;
  return distribution ?? numbers.join('.') + before;
}
