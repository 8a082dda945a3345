import { release } from 'node:os';
import { PassThrough } from 'node:stream';
import { deadline } from '../../host/deadline.ts';
import { BottleError, reasonOf } from '../../errors.ts';
import {
  isOrAre,
  installAll,
  readOsRelease,
  samePackage,
  type Packages,
} from '../../host/system/distribution.ts';
import { run } from '../../host/run.ts';
import { GUEST, type BottleSpec, type RungCheck, type CheckContext } from '../driver.ts';
import { closeBottle, launchAgent } from './prepare.ts';
import { BUBBLEWRAP } from './rung.ts';
import { existsSync, readFileSync } from 'node:fs';
import { OVERLAY_FIX } from '../sandbox/overlays.ts';

/** Checks whether bubblewrap works on this host: makes a bottle without a network, and runs `true` in it. */

const LOOK_DEADLINE_MS = 5_000;
const TRY_DEADLINE_MS = 30_000;
/** The first version with --disable-userns (0.8.0). */
const OLDEST_VERSION = [0, 8] as const;

type Finding = Pick<RungCheck, 'status' | 'reason' | 'fix'>;

/** Checks whether bottles can be made here, by making one. If not, reports the reason and the fix. */
export async function checkBubblewrap(context: CheckContext): Promise<RungCheck> {
  const { signal } = context;
  const look = await run('bwrap', ['--version'], { timeoutMs: LOOK_DEADLINE_MS, signal });
  const version = /\d+\.\d+(?:\.\d+)?/.exec(look.stdout)?.[0];
  const evidence = { kernel: release(), ...(version === undefined ? {} : { bwrap: version }) };
  const finding =
    process.platform === 'linux'
      ? ((await programsFinding(version, signal)) ?? (await tryFinding(context)))
      : absent('bubblewrap needs Linux', 'use another runtime');
  return { rung: BUBBLEWRAP, evidence, ...finding };
}

const absent = (reason: string, fix: string): Finding => ({ status: 'absent', reason, fix });
const installed = (reason: string, fix: string): Finding => ({ status: 'installed', reason, fix });

async function programsFinding(
  version: string | undefined,
  signal: AbortSignal,
): Promise<Finding | undefined> {
  const missing = await missingPrograms(version === undefined, signal);
  if (version === undefined) return absent(`${isOrAre(missing)} not installed`, installCommand(missing));
  if (isOlder(version)) {
    return installed(
      `bubblewrap ${version} cannot switch off user namespaces inside`,
      'install bubblewrap 0.8.0 or newer',
    );
  }
  return missing.length === 0 ? undefined : installed(`${isOrAre(missing)} missing`, installCommand(missing));
}

/** Returns all missing programs at once, so that the user can install them with one command. */
async function missingPrograms(lacksBwrap: boolean, signal: AbortSignal): Promise<readonly NeededProgram[]> {
  const others = ['perl', 'prlimit', 'taskset', 'find'] as const;
  const looks = others.map(async (program) => {
    const { exitCode } = await run(program, ['--version'], { timeoutMs: LOOK_DEADLINE_MS, signal });
    return exitCode === 0 ? [] : [program];
  });
  return [...(lacksBwrap ? (['bwrap'] as const) : []), ...(await Promise.all(looks)).flat()];
}

/** Compares numbers, not strings: 0.12 is newer than 0.8. */
export function isOlder(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major === OLDEST_VERSION[0] && minor < OLDEST_VERSION[1];
}

async function tryFinding(context: CheckContext): Promise<Finding> {
  try {
    const code = await tryBottle(context);
    if (code !== 0)
      return installed(`a program in a bottle ended with ${code} instead of 0`, diagnose('', readSwitches()));
  } catch (error) {
    const words = [reasonOf(error), ...(error instanceof BottleError ? error.details : [])];
    return installed(words.join('; '), diagnose(words.join('\n'), readSwitches()));
  }
  return { status: 'ready', reason: 'a test bottle passed its readback and ran a program', fix: '' };
}

async function tryBottle({ id, dir, record, signal }: CheckContext): Promise<number | undefined> {
  const spec = specOfCheck(id, dir);
  await record({ kind: 'processes', bottleId: id });
  const bottle = await closeBottle(spec, deadline(TRY_DEADLINE_MS, signal));
  try {
    const nowhere = new PassThrough().resume();
    const io = { tty: false, stdin: undefined, stdout: nowhere, stderr: nowhere, size: undefined };
    const session = await launchAgent(spec, bottle, io);
    return await session.exitCode;
  } finally {
    await bottle.kill();
  }
}

function specOfCheck(id: string, runDir: string): BottleSpec {
  return {
    id,
    rung: BUBBLEWRAP,
    networkForm: 'joined',
    image: { kind: 'default' },
    resources: { cpus: 1, memoryBytes: 1 << 30, pids: BUBBLEWRAP.traits.minPids, diskBytes: 1 << 20 },
    env: {},
    argv: ['true'],
    cwd: GUEST.home,
    tty: false,
    mounts: [],
    runDir,
  };
}

const PACKAGES: Readonly<Record<'bwrap' | 'perl' | 'prlimit' | 'taskset' | 'find', Packages>> = {
  bwrap: samePackage('bubblewrap'),
  perl: {
    apt: 'perl-base',
    dnf: 'perl-interpreter perl-POSIX perl-Socket',
    pacman: 'perl',
    zypper: 'perl',
    apk: 'perl',
    nix: 'perl',
  },
  prlimit: samePackage('util-linux'),
  taskset: { ...samePackage('util-linux'), dnf: 'util-linux-core' },
  find: samePackage('findutils'),
};

type NeededProgram = keyof typeof PACKAGES;

/** The command that installs programs on this distribution. */
export const installCommand = (programs: readonly NeededProgram[], osRelease = readOsRelease()): string =>
  installAll(
    programs.map((program) => ({ program, packages: PACKAGES[program] })),
    osRelease,
  );

/** Kernel settings that forbid an ordinary user what bubblewrap does. */
interface Switches {
  /** Ubuntu since 23.10, kernel.apparmor_restrict_unprivileged_userns. */
  readonly apparmorRestricts: boolean;
  /** Debian and Arch, kernel.unprivileged_userns_clone = 0. */
  readonly cloneForbidden: boolean;
  /** user.max_user_namespaces = 0. */
  readonly noneAllowed: boolean;
}

/** The settings of this host; one that the kernel does not know forbids nothing. */
function readSwitches(): Switches {
  const value = (path: string): string => readOrEmpty(`/proc/sys/${path}`).trim();
  return {
    apparmorRestricts: value('kernel/apparmor_restrict_unprivileged_userns') === '1',
    cloneForbidden: value('kernel/unprivileged_userns_clone') === '0',
    noneAllowed: value('user/max_user_namespaces') === '0',
  };
}

/** The first fix to try when a bottle could not be made. Pure. */
export function diagnose(words: string, switches: Switches): string {
  if (switches.noneAllowed) return 'sudo sysctl -w user.max_user_namespaces=15000';
  if (switches.cloneForbidden) return 'sudo sysctl -w kernel.unprivileged_userns_clone=1';
  if (switches.apparmorRestricts) {
    return (
      'sudo apt install apparmor-profiles && ' +
      'sudo cp /usr/share/apparmor/extra-profiles/bwrap-userns-restrict /etc/apparmor.d/ && ' +
      'sudo apparmor_parser -r /etc/apparmor.d/bwrap-userns-restrict'
    );
  }
  if (/overlay on \//.test(words)) return OVERLAY_FIX;
  if (/mount proc|mounting proc/i.test(words)) {
    return 'this host is a container that masks parts of /proc: start it with --security-opt systempaths=unconfined, or run on the host itself';
  }
  if (/namespace/i.test(words) && /not permitted|EPERM|No permissions/i.test(words)) {
    return 'this host forbids user namespaces, as containers do by default: run on the host itself, or allow them to the container';
  }
  return 'bot-bottle doctor shows the attempts; another runtime may work';
}

function readOrEmpty(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}
