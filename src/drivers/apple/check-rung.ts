import { SLOW_MS } from '../attached/client.ts';
import { BottleError, reasonOf } from '../../errors.ts';
import { findProgram } from '../../host/system/programs.ts';
import { run } from '../../host/run.ts';
import type { RungCheck, CheckContext, Rung } from '../driver.ts';
import { PROGRAM, callContainer, container, startCall } from './cli.ts';
import { RESTART_SERVICE, START_SERVICE } from './failures.ts';
import { findImageNow, ensureImage } from '../attached/image/store.ts';
import { IMAGES } from './images.ts';
import { isServing, serviceVersionIn } from './json/other.ts';
import { INSTALL, macosProblem, serviceProblem, versionIn, versionProblem } from './versions.ts';
import { containerName } from './names.ts';
import { createArguments, MIB, type ContainerOrder } from './plan.ts';
import { confirmContainer } from './readback.ts';
import { removeResources } from './remove.ts';

/**
 * Checks whether bottles run on Apple's `container` here: starts a machine without a network, if all requirements are
 * met.
 */

type Finding = Omit<RungCheck, 'rung'>;

const LOOK_MS = 10_000;

/** Implements `check` of the driver. Runs nothing on a host that is not macOS. */
export async function checkApple(rung: Rung, context: CheckContext): Promise<RungCheck> {
  return { rung, ...(await findingOf(context)) };
}

const finding = (status: RungCheck['status'], reason: string, fix: string): Finding => ({
  status,
  reason,
  fix,
  evidence: {},
});

async function findingOf(context: CheckContext): Promise<Finding> {
  const { signal } = context;
  // Every macOS has this program, which prints its version.
  if (findProgram('sw_vers') === undefined)
    return finding(
      'absent',
      'Apple’s container runs on macOS 26 only',
      'a Mac with macOS 26 and Apple silicon, or another runtime on this host',
    );
  const macos = (await run('sw_vers', ['-productVersion'], { timeoutMs: LOOK_MS, signal })).stdout.trim();
  const tooOld = macosProblem(macos);
  if (tooOld !== undefined) return finding('absent', tooOld, 'upgrade to macOS 26, or use another runtime');
  if (findProgram(PROGRAM) === undefined) return finding('absent', 'container is not installed', INSTALL);
  const version = versionIn((await callContainer(['--version'], { timeoutMs: LOOK_MS, signal })).stdout);
  if (version === undefined)
    return finding('absent', 'the program `container` here does not say Apple’s version', INSTALL);
  const found = (await obstacle(version, context)) ?? (await tried(context));
  return { ...found, evidence: { container: version, macos } };
}

async function obstacle(version: string, { signal, isAskedFor }: CheckContext): Promise<Finding | undefined> {
  const problem = versionProblem(version);
  if (problem !== undefined) return finding('installed', problem.reason, problem.fix);
  const status = await callContainer(['system', 'status', '--format', 'json'], {
    timeoutMs: LOOK_MS,
    signal,
  });
  if (status.timedOut) return finding('installed', 'its service does not answer', RESTART_SERVICE);
  if (!isServing(status.stdout)) return finding('installed', 'its service does not run', START_SERVICE);
  const ofService = serviceProblem(serviceVersionIn(status.stdout));
  if (ofService !== undefined) return finding('installed', ofService, RESTART_SERVICE);
  // Only a user who asked for this rung should wait for an image.
  if (isAskedFor || 'digest' in (await findImageNow(IMAGES, { kind: 'default' }, signal))) return undefined;
  return finding(
    'installed',
    'the default image is not in its store yet, which the first use makes',
    'name it once: --runtime apple',
  );
}

async function tried(context: CheckContext): Promise<Finding> {
  try {
    const seen = await tryMachine(context);
    return seen === undefined
      ? finding('ready', 'a machine without a network was started', '')
      : finding('installed', `a machine that was to have no network has one: ${seen}`, RESTART_SERVICE);
  } catch (error) {
    context.signal.throwIfAborted();
    if (!(error instanceof BottleError)) throw error;
    return finding('installed', [reasonOf(error), ...error.details].join(': '), error.fix);
  }
}

/**
 * Prints its interfaces, and whether a route leads to a literal address (RFC 5737): a datagram socket tells at once,
 * and sends nothing.
 */
const LOOK = `
  use Socket;
  open my $file, '<', '/proc/net/dev' or die "/proc/net/dev: $!\\n";
  my @names = map { /^\\s*([^:\\s]+):\\s/ } <$file>;
  socket my $socket, AF_INET, SOCK_DGRAM, 0 or die "socket: $!\\n";
  my $way = connect($socket, pack_sockaddr_in(443, inet_aton('192.0.2.1'))) ? 'out' : $!{ENETUNREACH} ? 'none' : "$!";
  print join(' ', sort(@names)), "; way out: $way\\n";
`;
const NOTHING = /^(?:[a-z0-9_]+ )*lo(?: [a-z0-9_]+)*; way out: none$/;

/**
 * Starts a machine and removes it; returns the network that it saw, undefined if none.
 * @throws BottleError `rungUnavailable`, `dependencyMissing`
 */
async function tryMachine({ id, signal, record }: CheckContext): Promise<string | undefined> {
  const name = containerName(id, 'look');
  const resource = { kind: 'container', engine: 'apple', name } as const;
  await record(resource);
  try {
    const image = await ensureImage(IMAGES, { kind: 'default' }, { signal, progress: () => undefined });
    const order = lookOrder(id, image.reference);
    await container('make a machine', createArguments(order), { signal, timeoutMs: SLOW_MS });
    await confirmContainer(order, image.digest, signal);
    const seen = (await container('start a machine', startCall(name), { signal, timeoutMs: SLOW_MS })).trim();
    return NOTHING.test(seen) ? undefined : seen;
  } finally {
    await removeResources([resource]);
  }
}

const lookOrder = (bottleId: string, image: string): ContainerOrder => ({
  name: containerName(bottleId, 'look'),
  bottleId,
  image,
  argv: ['/usr/bin/perl', '-MErrno', '-e', LOOK],
  env: {},
  owner: { uid: 65_534, gid: 65_534 },
  cpus: 1,
  memoryBytes: 256 * MIB,
  processes: 64,
  readOnly: true,
  capabilities: [],
  scratch: [],
  mounts: [],
  mountedSockets: [],
  publishedSockets: [],
  network: 'none',
});
