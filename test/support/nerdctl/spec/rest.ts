import type { Parsed } from '../cli/flags.ts';
import { Failure } from '../failure.ts';
import type { Rlimit, Spec } from './types.ts';
import { deduped, keyValues, ramInBytes } from './values.ts';

/** Limits of processes, kernel settings, namespaces (run_ulimit.go, run_runtime.go, pkg/ipcutil). */

const LIMITS =
  'core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack'.split(
    ' ',
  );

/** `--ulimit`; without one there is none, not containerd's 1024 files. @throws Failure */
export function applyUlimits({ process }: Spec, flags: Parsed): void {
  process.rlimits = deduped(flags.list('ulimit')).map(parseUlimit);
  if (process.rlimits.length === 0) delete process.rlimits;
}

/** docker/go-units: ulimit.go */
function parseUlimit(text: string): Rlimit {
  const [name = '', values = '', ...more] = text.split('=');
  if (!text.includes('=') || more.length > 0) throw new Failure(`invalid ulimit argument: ${text}`);
  if (!LIMITS.includes(name)) throw new Failure(`invalid ulimit type: ${name}`);
  const numbers = values.split(':');
  if (numbers.length > 2)
    throw new Failure(`too many limit value arguments - ${values}, can only have up to two, \`soft[:hard]\``);
  const [soft, hard = soft] = numbers.map((number) => {
    if (!/^-?\d+$/.test(number)) throw new Failure(`strconv.ParseInt: parsing "${number}": invalid syntax`);
    return Number(number);
  }) as [number, number?];
  if (hard !== undefined && hard !== -1 && (soft === -1 || soft > hard))
    throw new Failure(`ulimit soft limit must be less than or equal to hard limit: ${soft} > ${hard}`);
  // -1 is the largest number of 64 bits there, which is no number here; runc takes both for unlimited.
  return { type: `RLIMIT_${name.toUpperCase()}`, soft: unsigned(soft), hard: unsigned(hard ?? soft) };
}

const unsigned = (limit: number): number => (limit === -1 ? Number.MAX_SAFE_INTEGER : limit);

/** `--sysctl`. */
export function applySysctls({ linux }: Spec, flags: Parsed): void {
  const sysctls = flags.list('sysctl');
  if (sysctls.length > 0) linux.sysctl = { ...linux.sysctl, ...keyValues(sysctls) };
}

/** `--ipc` and `--shm-size`; what the label says of it. @throws Failure */
export function applyIpc(spec: Spec, flags: Parsed): string {
  const mode = flags.text('ipc').toLowerCase();
  const size = flags.text('shm-size');
  const more = size === '' ? {} : { shmSize: size };
  if (mode === 'host') {
    spec.mounts = spec.mounts.map((mount) =>
      mount.destination === '/dev/shm' || mount.destination === '/dev/mqueue'
        ? {
            destination: mount.destination,
            type: 'bind',
            source: mount.destination,
            options: ['rbind', 'nosuid', 'noexec', 'nodev'],
          }
        : mount,
    );
    spec.linux.namespaces = spec.linux.namespaces.filter(({ type }) => type !== 'ipc');
    return JSON.stringify({ mode: 'host', ...more });
  }
  if (mode !== '' && mode !== 'private')
    throw new Failure('invalid ipc namespace. Set --ipc=[host|container:<name|id>');
  if (size !== '') {
    const option = `size=${Math.trunc(ramInBytes(size) / 1024)}k`;
    spec.mounts = spec.mounts.map((mount) =>
      mount.destination === '/dev/shm'
        ? {
            ...mount,
            options: [...(mount.options ?? []).filter((each) => !each.startsWith('size=')), option],
          }
        : mount,
    );
  }
  return JSON.stringify({ mode: 'private', ...more });
}

/** `--oom-score-adj`. @throws Failure */
export function applyOomScore({ process }: Spec, flags: Parsed): void {
  if (!flags.changed('oom-score-adj')) return;
  const score = flags.number('oom-score-adj');
  if (score < -1000 || score > 1000)
    throw new Failure(`invalid value ${score}, range for oom score adj is [-1000, 1000]`);
  process.oomScoreAdj = score;
}

/** `--umask`. @throws Failure */
export function applyUmask({ process }: Spec, flags: Parsed): void {
  const umask = flags.text('umask');
  if (umask === '') return;
  if (!/^[0-7]+$/.test(umask)) throw new Failure(`invalid Umask Value:${umask}`);
  process.user.umask = Number.parseInt(umask, 8);
}
