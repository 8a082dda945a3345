import { Failure, goQuoted } from '../failure.ts';

/** Options of a tmpfs, the last of each kind (moby/sys/mount: MergeTmpfsOptions). */

// Options that speak of the same thing.
const KINDS: Readonly<Record<string, string>> = Object.fromEntries(
  [
    ['ro', 'rw'],
    ['suid', 'nosuid'],
    ['dev', 'nodev'],
    ['exec', 'noexec'],
    ['sync', 'async'],
    ['dirsync'],
    ['remount'],
    ['mand', 'nomand'],
    ['atime', 'noatime'],
    ['diratime', 'nodiratime'],
    ['relatime', 'norelatime'],
    ['strictatime', 'nostrictatime'],
    'bind rbind unbindable runbindable private rprivate shared rshared slave rslave'.split(' '),
  ].flatMap((kind) => kind.map((option) => [option, kind[0] ?? ''])),
);
const DATA = ['', 'size', 'mode', 'uid', 'gid', 'nr_inodes', 'nr_blocks', 'mpol'];
const DEFAULTS = ['noexec', 'nosuid', 'nodev'];

/** What a tmpfs is mounted with; undefined: nothing was said. @throws Failure */
export function tmpfsOptions(text: string | undefined): readonly string[] {
  if (text === undefined) return DEFAULTS;
  const seen = new Set<string>();
  const kept: string[] = [];
  for (const option of [...DEFAULTS, ...text.split(',')].toReversed()) {
    if (option === 'defaults') continue;
    const [name = '', value] = option.split('=');
    const kind = KINDS[option] ?? (value !== undefined && DATA.includes(name) ? `${name}=` : undefined);
    if (kind === undefined) throw new Failure(`invalid tmpfs option ${goQuoted(option)}`);
    if (!seen.has(kind)) kept.unshift(option);
    seen.add(kind);
  }
  return kept;
}
