import { join } from 'node:path';
import { BottleError } from '../../errors.ts';
import { whenAborted } from '../../host/deadline.ts';
import { assetPath } from '../../host/paths.ts';
import { BOTTLE_ID_VARIABLE } from '../../host/processes.ts';
import { run, type RunResult } from '../../host/run.ts';
import type { BottleSpec, LaunchCheck } from '../driver.ts';
import type { GatewayAccess } from '../gateway-access.ts';
import { unreachablePlaces } from './unreachable.ts';

/**
 * The opener: opens the gateway's sockets in a bottle's network, and tries from there to reach what must be
 * unreachable. It is the first program of a holder, or joins the network from outside and leaves
 * (assets/handover/open.pl).
 */

const DEADLINE_MS = 30_000;

export interface OpenerCall {
  /** The paths of the opener's program and of the gateway's socket, as the opener sees them. */
  readonly programDir: string;
  readonly socketPath: string;
  /** The address of the sockets. */
  readonly address: string;
  /** An interface whose other end is the bottle. */
  readonly link?: string | undefined;
  /** `hold`, or the pid of a process whose network the opener joins; `PID` in a plan. */
  readonly network: 'hold' | number | 'PID';
  /** Addresses that must be unreachable, `ADDRESS:PORT`. */
  readonly denied: readonly string[];
}

/** The opener's command line. Pure. */
export function openerCall({
  programDir,
  socketPath,
  address,
  link,
  network,
  denied,
}: OpenerCall): readonly string[] {
  return [
    ['perl', `${programDir}/open.pl`, '--socket', socketPath, '--address', address],
    link === undefined ? [] : ['--link', link],
    network === 'hold' ? ['--hold'] : ['--join', String(network)],
    denied.flatMap((place) => ['--deny', place]),
  ].flat();
}

/** The system calls of the opener itself, as a holder: sockets, and waiting for them. It runs no other program. */
export const OPENER_CALLS = {
  names: [
    'bind listen connect accept accept4 shutdown getsockname getpeername getsockopt setsockopt sendto sendmsg',
    'recvfrom recvmsg select pselect6 poll ppoll alarm setitimer getitimer time gettimeofday',
  ].flatMap((line) => line.split(' ')),
  /** AF_UNIX, AF_INET, AF_INET6. */
  socketFamilies: [1, 2, 10],
} as const;

/** The relay's socket, at which the gateway receives the opened sockets. */
export const handoverSocket = (runDir: string): string => join(runDir, 'handover', 's');

/** A process in the bottle, and its network when it was inspected: a link of /proc/PID/ns/net. */
export interface Inside {
  readonly pid: number;
  readonly network?: string | undefined;
  /** As in `OpenerCall`. */
  readonly link?: string | undefined;
}

/**
 * Joins the network of this process, opens the sockets, runs the checks, and leaves.
 * @throws BottleError `rungUnavailable` when the gateway does not come up or a check does not hold
 */
export async function openByJoining(
  spec: BottleSpec,
  { pid, network, link }: Inside,
  { gateway, signal }: { readonly gateway: GatewayAccess; readonly signal: AbortSignal },
): Promise<readonly LaunchCheck[]> {
  await unlessAborted(gateway.listening, signal);
  const [program = '', ...args] = openerCall({
    programDir: assetPath('handover'),
    socketPath: handoverSocket(spec.runDir),
    address: spec.rung.traits.gatewayAddress,
    link,
    network: pid,
    denied: unreachablePlaces(),
  });
  const seen = network === undefined ? [] : ['--network', network];
  const opened = run(program, [...args, ...seen], {
    timeoutMs: DEADLINE_MS,
    signal,
    env: { [BOTTLE_ID_VARIABLE]: spec.id },
  }).then((result) => {
    if (result.exitCode !== 0) throw notOpened(result);
  });
  // Not `together`: if the opener is killed, a gateway waits for it until the bottle is removed.
  const [checks] = await Promise.all([gateway.ready, opened]);
  return checks;
}

/** Waits for the promise. @throws the signal's reason, if the signal aborts first */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return await new Promise((resolve, reject) => {
    const letBe = whenAborted(signal, () => reject(signal.reason as Error));
    void promise.then(resolve, reject).finally(letBe);
  });
}

function notOpened({ stderr, notFound, timedOut }: RunResult): BottleError {
  const words = stderr.trim();
  const how = notFound ? 'perl is not installed' : timedOut ? 'it did not end in time' : 'it was ended';
  return new BottleError('rungUnavailable', "the bottle's network could not be closed and connected", {
    details: words === '' ? [how] : words.split('\n'),
    fix: notFound ? 'install perl' : 'bot-bottle doctor',
  });
}
