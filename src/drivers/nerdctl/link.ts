import { dirname } from 'node:path';
import type { Duplex, Readable } from 'node:stream';
import { BottleError, reasonOf } from '../../errors.ts';
import { deadline } from '../../host/deadline.ts';
import { endWithChildren } from '../../host/process/end-with-children.ts';
import { assetPath } from '../../host/paths.ts';
import { BOTTLE_ID_VARIABLE } from '../../host/processes.ts';
import { spawnProgram } from '../../host/run.ts';
import { attach, type Attached } from '../attached/attached.ts';
import { launchChecksIn } from '../attached/launch-checks.ts';
import type { BottleSpec, LaunchCheck } from '../driver.ts';
import { CONFINED_FD, confined } from '../sandbox/confined.ts';
import { frameReader, type Frame } from '../sandbox/frames.ts';
import { childPid } from '../sandbox/start.ts';
import { linkProgram, type LinkFacts } from './agent.ts';
import { PROGRAM, execCall } from './cli.ts';
import { containerName } from './names.ts';

/**
 * The machine's way out: a program in the machine and one on this host, connected by pipes of nerdctl, which carry the
 * streams to the gateway's ports (assets/nerdctl/mux.pl). The host's program has only a network with loopback, in which
 * the gateway's sockets are opened as in any bottle. Both programs end with this process.
 */

export interface Link {
  /** The process whose network gets the gateway's sockets. */
  readonly pid: number;
  /** Closes the machine and checks it from inside. @throws BottleError `rungUnavailable` if a check does not hold */
  readonly check: () => Promise<readonly LaunchCheck[]>;
  /** Lets this process exit even if the link still runs. */
  readonly letGo: () => void;
  readonly kill: () => void;
}

const START_DEADLINE_MS = 20_000;
const CHECK_DEADLINE_MS = 60_000;
/**
 * The memory limit of the program on the host, which buffers what a slow end has not read: 1,024 streams of 256 KiB.
 */
const DATA_BYTES = 384 * 1024 * 1024;

/** The most of a machine's invalid answer to show, in characters. */
const MOST_SHOWN = 400;

/** The folder of the host's program, as it sees it. */
const PROGRAMS = '/link';

/** Connects a running machine. @throws BottleError `rungUnavailable` */
export async function openLink(spec: BottleSpec, facts: LinkFacts, signal: AbortSignal): Promise<Link> {
  const call = outsideCall(spec);
  const inside = attach(
    spec.id,
    PROGRAM,
    execCall(containerName(spec.id, 'agent'), linkProgram(spec, facts)),
  );
  const outside = startOutside(spec, call, inside);
  const ending = deadline(START_DEADLINE_MS, signal);
  const late = rejectedBy(ending, () => notConnected(inside, ['it did not start in time']));
  try {
    const pid = await Promise.race([childPid(outside.info), late]);
    return { pid, check: async () => await checked(outside.control, inside, signal), ...outside };
  } catch (error) {
    outside.kill();
    signal.throwIfAborted();
    throw error instanceof BottleError ? error : notConnected(inside, outside.complaints());
  }
}

/** The command of the host's end. @throws BottleError `rungUnavailable` */
const outsideCall = (spec: Pick<BottleSpec, 'id' | 'rung'>): readonly string[] =>
  confined(
    [{ hostPath: dirname(dirname(assetPath('nerdctl/outside.pl'))), path: PROGRAMS, readOnly: true }],
    outsideProgram(spec),
    { isAttended: true },
  );

/** The program of the host's end. Pure. */
export const outsideProgram = ({ id, rung }: Pick<BottleSpec, 'id' | 'rung'>): readonly string[] => [
  '/usr/bin/prlimit',
  `--data=${DATA_BYTES}:${DATA_BYTES}`,
  '/usr/bin/perl',
  `${PROGRAMS}/nerdctl/outside.pl`,
  `${BOTTLE_ID_VARIABLE}=${id}`,
  rung.traits.gatewayAddress,
  String(CONFINED_FD.own),
];

function startOutside({ id }: BottleSpec, [program = '', ...args]: readonly string[], inside: Attached) {
  const child = spawnProgram(program, args, {
    detached: true,
    cwd: '/',
    env: { [BOTTLE_ID_VARIABLE]: id },
    // The client's own pipes: nothing from the machine passes through this process.
    stdio: [inside.stdout, inside.stdin, 'pipe', 'ignore', 'pipe', 'pipe'],
  });
  // This process's ends would keep the pipes open.
  inside.stdout.destroy();
  inside.stdin.destroy();
  let said = '';
  child.stderr?.on('data', (piece: Buffer) => (said = (said + piece.toString()).slice(-4_096)));
  const streams: readonly unknown[] = child.stdio;
  const info = streams[CONFINED_FD.info] as Readable;
  const control = streams[CONFINED_FD.own] as Duplex;
  child.once('error', (error) => info.destroy(error));
  control.on('error', () => undefined); // `close` says more
  return {
    info,
    control,
    complaints: () => said.trim().split('\n').filter(Boolean).slice(-8),
    letGo: () => {
      inside.letGo();
      child.unref();
      for (const stream of child.stdio) (stream as Partial<{ unref(): void }> | null)?.unref?.();
    },
    kill: () => {
      inside.kill();
      void endWithChildren(child);
    },
  };
}

async function checked(
  control: Duplex,
  inside: Attached,
  signal: AbortSignal,
): Promise<readonly LaunchCheck[]> {
  const read = frameReader();
  control.write('g');
  const late = rejectedBy(deadline(CHECK_DEADLINE_MS, signal), () =>
    notConnected(inside, ['it did not report in time']),
  );
  let heard: (piece: Buffer) => void = () => undefined;
  const said = new Promise<readonly LaunchCheck[]>((resolve, reject) => {
    heard = (piece) => {
      const frame = firstOf(read, piece);
      if (frame === undefined) return;
      const words = frame.bytes.toString();
      const checks = frame.letter === 'l' ? launchChecksIn(words) : undefined;
      if (checks === undefined) reject(notConnected(inside, [words.slice(0, MOST_SHOWN)]));
      else resolve(checks);
    };
    control.on('data', heard).once('close', () => reject(notConnected(inside, ['its way out has ended'])));
  });
  try {
    return await Promise.race([said, late]);
  } finally {
    control.off('data', heard).resume();
  }
}

/** Turns an invalid frame into an answer that is refused. */
function firstOf(read: ReturnType<typeof frameReader>, piece: Buffer): Frame | undefined {
  try {
    return read(piece)[0];
  } catch (error) {
    return { letter: 'n', bytes: Buffer.from(reasonOf(error)) };
  }
}

/** Rejects with this reason once the signal is aborted; never causes an unhandled rejection by itself. */
function rejectedBy(signal: AbortSignal, reason: () => Error): Promise<never> {
  const late = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(reason());
    signal.addEventListener('abort', () => reject(reason()), { once: true });
  });
  late.catch(() => undefined);
  return late;
}

const notConnected = (inside: Attached, details: readonly string[]): BottleError =>
  new BottleError('rungUnavailable', "the bottle's network could not be closed and connected", {
    details: [...details, ...inside.complaints()],
    fix: 'bot-bottle doctor',
  });
