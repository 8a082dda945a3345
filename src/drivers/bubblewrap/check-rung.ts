import { release } from 'node:os';
import { PassThrough } from 'node:stream';
import { deadline } from '../../host/deadline.ts';
import { BottleError, reasonOf } from '../../errors.ts';
import { isOrAre } from '../../host/system/distribution.ts';
import { run } from '../../host/run.ts';
import { GUEST, type BottleSpec, type RungCheck, type CheckContext } from '../driver.ts';
import { diagnose, installCommand, readSwitches, type NeededProgram } from './fixes.ts';
import { closeBottle, launchAgent } from './prepare.ts';
import { BUBBLEWRAP } from './rung.ts';

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
  return { status: 'ready', reason: 'a bottle was made, read back, and a program ran in it', fix: '' };
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
