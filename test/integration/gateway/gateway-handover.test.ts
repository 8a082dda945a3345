import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { assetPath } from '../../../src/host/paths.ts';
import { run, spawnProgram } from '../../../src/host/run.ts';
import { GATEWAY, World, type TestGateway } from './support/world.ts';

/** The handover of sockets from the bottle's network, the checks there before it, and the end of either side. */

let world: World;
let gateway: TestGateway;

beforeAll(async () => {
  world = await World.open();
});

afterEach(async () => await gateway?.stop());
afterAll(async () => await world?.close());

const RULES = [{ host: 'allowed.test' }];
/** Returns a shell command that holds a port for a while. */
const holding = (options: string): string =>
  `perl -MIO::Socket::INET -e "\\$s = IO::Socket::INET->new(${options}); sleep 9" >/dev/null & sleep 0.3`;
const PLAIN = [{ host: 'allowed.test', port: 80, scheme: 'http' as const }];
/**
 * Sends requests to the proxy as often as it can, until one is allowed, and makes a file when it begins. Each request
 * contains the number of requests before it.
 */
const EAGER = `
use IO::Socket::INET;
my ($n, $until) = (0, time + 20);
while (time < $until) {
    my $s = IO::Socket::INET->new(PeerAddr => "${GATEWAY}:3128");
    open my $begun, ">", $ARGV[0];
    next if !$s;
    print $s "GET http://allowed.test/eager/" . $n++ . " HTTP/1.1\\r\\nHost: allowed.test\\r\\nConnection: close\\r\\n\\r\\n";
    last if (<$s> // "") =~ / 200 /;
}`;
const DENY = ['--deny', '198.51.100.2:80', '--deny', '203.0.113.10:80', '--deny', '[2001:db8::10]:80'];

describe('launch checks', () => {
  test('all launch checks hold in a network with loopback only (control)', async () => {
    gateway = await world.startGateway(RULES, { openerArgs: DENY });
    const ready = gateway.events.find((event) => event.event === 'ready');
    expect(ready?.checks.map(({ id }) => id)).toEqual([
      'network.interfaces',
      'network.routes',
      'network.addresses',
      'gateway.answers',
      'gateway.names',
      'gateway.ports',
      'network.unreachable',
    ]);
  });

  test.each([
    [
      'an interface',
      'ip link add v0 type veth peer name v1',
      'network.interfaces failed: interfaces besides lo: v',
    ],
    ['a bridge', 'ip link add b0 type bridge', 'network.interfaces failed: interfaces besides lo: b0'],
    ['an IPv6 address', 'ip -6 address add 2001:db8:9::1/64 dev lo', 'network.addresses failed'],
    [
      'the host’s address',
      'ip address add 198.51.100.2/32 dev lo',
      '198.51.100.2:80 is not unreachable by TCP: Connection refused',
    ],
    [
      'an outside that answers',
      `ip address add 203.0.113.10/32 dev lo; ${holding("LocalAddr => '203.0.113.10:80', Listen => 1")}`,
      '203.0.113.10:80 answers to TCP',
    ],
    [
      'a port that is taken',
      holding(`LocalAddr => '${GATEWAY}:443', Listen => 1`),
      `${GATEWAY}:443: Address already in use`,
    ],
    [
      'a port that is taken on all addresses',
      holding("LocalAddr => '0.0.0.0:53', Proto => 'udp'"),
      `${GATEWAY}:53: Address already in use`,
    ],
  ])('the bottle does not start: %s', async (_, prepare, reason) => {
    gateway = await world.startGateway(RULES, { openerArgs: DENY, prepare });
    expect(gateway.events.at(-1)).toMatchObject({ event: 'failed', reason: expect.stringContaining(reason) });
    if (gateway.holder.exitCode === null) await once(gateway.holder, 'exit');
    expect(gateway.holder.exitCode).toBe(1);
  });

  /** A link like that of a virtual machine. */
  const LINKED =
    'ip tuntap add dev bottle mode tap; ip address add 10.200.0.1/30 dev bottle; ip link set bottle up';

  test('all launch checks hold at the end of a link (control)', async () => {
    gateway = await world.startGateway(RULES, { openerArgs: [...DENY, '--link', 'bottle'], prepare: LINKED });
    const ready = gateway.events.find((event) => event.event === 'ready');
    const evidence = ready?.checks.map((check) => check.evidence);
    expect(evidence?.slice(0, 2)).toEqual(['lo, bottle', 'none but over lo and to the end of bottle']);
  });

  test.each([
    {
      // An interface that nobody named as the bottle's may lead anywhere.
      what: 'nobody names it',
      prepare: LINKED,
      named: [],
      reason: 'network.interfaces failed: interfaces besides lo: bottle',
    },
    {
      what: 'it is not there',
      prepare: 'true',
      named: ['--link', 'bottle'],
      reason: 'network.interfaces failed: no interface bottle',
    },
    {
      what: 'it is not the only one',
      prepare: `${LINKED}; ip tuntap add dev another mode tap`,
      named: ['--link', 'bottle'],
      reason: 'network.interfaces failed: interfaces besides lo: another',
    },
    {
      what: 'somebody behind it is a gateway',
      prepare: `${LINKED}; ip route add default via 10.200.0.2`,
      named: ['--link', 'bottle'],
      reason: 'network.routes failed: routes: bottle 00000000',
    },
  ])('the bottle does not start with a link and $what', async ({ prepare, named, reason }) => {
    gateway = await world.startGateway(RULES, { openerArgs: [...DENY, ...named], prepare });
    expect(gateway.events.at(-1)).toMatchObject({ event: 'failed', reason: expect.stringContaining(reason) });
  });

  test('a request before the launch checks have held is refused, and passes after that', async () => {
    const from = world.heard.length;
    const begun = join(mkdtempSync(join(world.folder, 'eager-')), 'begun');
    const prepare = `perl -e '${EAGER}' ${begun} >/dev/null & until [ -e ${begun} ]; do sleep 0.01; done`;
    // These checks take as long as twenty thousand addresses do: the client sends requests meanwhile, however busy this
    // host is.
    const openerArgs = Array.from({ length: 20_000 }, () => DENY.slice(0, 2)).flat();
    gateway = await world.startGateway(PLAIN, { prepare, openerArgs });
    expect(gateway.events.at(-1)).toMatchObject({ event: 'ready' });
    const isLetThrough = (): boolean => gateway.decisions.some(({ verdict }) => verdict === 'allow');
    await expect.poll(isLetThrough, { timeout: 10_000 }).toBe(true);
    const early = gateway.decisions.filter(({ rule }) => rule === 'gateway.closed');
    expect(early.length).toBeGreaterThan(0);
    const letThrough = gateway.decisions.filter(({ verdict }) => verdict === 'allow').map(({ path }) => path);
    const heard = await world.heardSince(from, 'request');
    expect(heard.map(({ url }) => url)).toEqual(letThrough);
    expect(letThrough).toHaveLength(1);
  });

  test('the bottle does not start if a forbidden target is not an address with a port', async () => {
    gateway = await world.startGateway(RULES, { openerArgs: ['--deny', 'example.org'] });
    expect(gateway.events.at(-1)).toMatchObject({
      event: 'failed',
      reason: expect.stringContaining('not an address with a port'),
    });
  });
});

describe("ownership of the gateway's sockets", () => {
  /** Binds UDP with each combination of SO_REUSEADDR and SO_REUSEPORT, and prints which succeeded. */
  const thief = (address: string, port: number): string[] => [
    'perl',
    '-MSocket',
    '-e',
    `for my $r (0,1) { for my $p (0,1) { socket my $s, AF_INET, SOCK_DGRAM, 0; setsockopt $s, SOL_SOCKET, SO_REUSEADDR, $r; setsockopt $s, SOL_SOCKET, SO_REUSEPORT, $p; print "taken " if bind $s, pack_sockaddr_in(${port}, inet_aton("${address}")) } }`,
  ];

  test("another process can take Node's own UDP port (control)", async () => {
    gateway = await world.startGateway(RULES);
    const victim = gateway.spawnInBottle([
      'node',
      '-e',
      "require('dgram').createSocket({ type: 'udp4', reuseAddr: true }).bind(5300, '127.0.0.1', () => console.log('bound'))",
    ]);
    await once(victim.stdout ?? victim, 'data');
    expect((await gateway.inBottle(thief('127.0.0.1', 5300))).stdout).toContain('taken');
    victim.kill();
  });

  test.each([GATEWAY, '0.0.0.0'])('another process cannot take UDP 53, on %s', async (address) => {
    gateway = await world.startGateway(RULES);
    expect((await gateway.inBottle(thief(address, 53))).stdout).toBe('');
  });

  test('a second opener finds no socket', async () => {
    gateway = await world.startGateway(RULES);
    const argv = [
      'perl',
      assetPath('handover/open.pl'),
      '--socket',
      gateway.socketPath,
      '--address',
      '127.0.0.9',
      '--hold',
    ];
    const second = await gateway.inBottle(argv, { timeoutMs: 1_000 });
    expect(second.timedOut).toBe(true);
  });
});

describe('the end of one side', () => {
  const connection = async (): Promise<string> => {
    const script = `require('net').connect(3128, '${GATEWAY}').on('error', (e) => console.log(e.code)).on('connect', () => process.exit())`;
    return (await gateway.inBottle(['node', '-e', script])).stdout.trim();
  };

  test('a killed gateway ends the holder, and refuses processes in its network at once', async () => {
    gateway = await world.startGateway(RULES);
    const [program = '', ...args] = world.inHost(
      ['sleep', '30'],
      ['--target', String(gateway.holder.pid), '--net'],
    );
    const agent = spawnProgram(program, args, { stdio: 'ignore' });
    await expect
      .poll(async () => (await run('readlink', [`/proc/${agent.pid}/ns/net`])).stdout)
      .toBe((await run('readlink', [`/proc/${gateway.holder.pid}/ns/net`])).stdout);
    expect(await connection()).toBe('');
    const ended = once(gateway.holder, 'exit');
    gateway.process.kill('SIGKILL');
    await ended;
    const script = `require('net').connect(3128, '${GATEWAY}').on('error', (e) => console.log(e.code))`;
    const [command = '', ...rest] = world.inHost(
      ['node', '-e', script],
      ['--target', String(agent.pid), '--net'],
    );
    expect((await run(command, rest)).stdout.trim()).toBe('ECONNREFUSED');
    agent.kill();
  });

  test('a holder that ends ends the gateway, and the log has the open tunnels', async () => {
    gateway = await world.startGateway([{ host: 'allowed.test', port: 2222, scheme: 'tcp' }]);
    const open = `require('net').connect(3128, '${GATEWAY}').on('error', () => {}).on('data', (d) => console.log(String(d))).write('CONNECT allowed.test:2222 HTTP/1.1\\r\\n\\r\\n')`;
    const client = gateway.spawnInBottle(['node', '-e', open]);
    await once(client.stdout ?? client, 'data');
    const ended = once(gateway.process, 'exit');
    gateway.holder.kill('SIGKILL');
    expect(await ended).toEqual([0, null]);
    expect(gateway.log.at(-1)).toMatchObject({ event: 'end', port: 2222, reason: 'the gateway ended' });
    client.kill();
  });

  test('a gateway whose opener never comes waits, and ends when it is asked to', async () => {
    const folder = mkdtempSync(join(world.folder, 'lonely-'));
    const child = spawnProgram('perl', [assetPath('handover/relay.pl'), join(folder, 's')], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    expect((await once(child, 'message'))[0]).toEqual({ listening: true });
    child.disconnect();
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});
