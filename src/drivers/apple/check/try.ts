import type { CheckContext } from '../../driver.ts';
import { startCall } from '../calls.ts';
import { container, SLOW_MS } from '../cli.ts';
import { ensureImage } from '../../attached/image/store.ts';
import { IMAGES } from '../images.ts';
import { containerName } from '../names.ts';
import { createArguments, MIB, type ContainerOrder } from '../plan.ts';
import { confirmContainer } from '../readback.ts';
import { removeResources } from '../remove.ts';

/** A machine without a network that reports which network it sees. */

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
export async function tryMachine({ id, signal, record }: CheckContext): Promise<string | undefined> {
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
