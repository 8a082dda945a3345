import { execFile } from 'node:child_process';
import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestBottle, type TestBottle } from './bubblewrap.bottle.ts';

/**
 * Checks whether anything from a bottle arrives at this host: canaries listen on all of its addresses and record all
 * input, even if no answer could go back. First the same program runs outside, where the canaries must receive it on
 * every way.
 */

const run = promisify(execFile);
const heard = new Set<string>();
const closers: (Server | DatagramSocket)[] = [];
let bottle: TestBottle;
let ports: { tcp: number; udp: number };

beforeAll(async () => {
  const tcp = createServer((socket) => {
    socket.on('data', (bytes) => heard.add(bytes.toString()));
    socket.on('error', () => undefined);
  });
  tcp.listen(0, '::');
  await once(tcp, 'listening');
  const udp4 = createSocket({ type: 'udp4', reuseAddr: true });
  udp4.bind(0, '0.0.0.0');
  await once(udp4, 'listening');
  udp4.addMembership('224.0.0.251', '127.0.0.1');
  const udp6 = createSocket({ type: 'udp6', ipv6Only: true });
  udp6.bind(udp4.address().port, '::');
  await once(udp6, 'listening');
  for (const socket of [udp4, udp6]) socket.on('message', (bytes) => heard.add(bytes.toString()));
  closers.push(tcp, udp4, udp6);
  ports = { tcp: (tcp.address() as AddressInfo).port, udp: udp4.address().port };
  bottle = await openTestBottle();
  await bottle.launch();
});
afterAll(async () => {
  await bottle.remove();
  closers.forEach((closer) => closer.close());
});

/** Sends `LABEL WAY ADDRESS` by TCP and by UDP to each address, unbound and bound to each device. */
const SENDER = String.raw`
use strict; use Socket qw(:DEFAULT inet_pton);
my ($label, $tcp, $udp, @addresses) = @ARGV;
open my $table, "<", "/proc/net/dev" or die; my @devices = map { /^\s*([^\s:|]+):\s/ ? $1 : () } <$table>;
for my $address (@addresses) {
  for my $way (["tcp", SOCK_STREAM, $tcp], ["udp", SOCK_DGRAM, $udp]) {
    my ($name, $type, $port) = @$way;
    for my $device (undef, @devices) {
      next if fork;
      my $family = $address =~ /:/ ? AF_INET6 : AF_INET;
      socket my $s, $family, $type, 0 or exit;
      setsockopt $s, SOL_SOCKET, SO_BROADCAST, 1;
      setsockopt $s, SOL_SOCKET, 25, "$device\0" if defined $device;
      my $to = inet_pton($family, $address) or die $address;
      alarm 2;
      connect $s, $family == AF_INET6 ? pack_sockaddr_in6($port, $to) : pack_sockaddr_in($port, $to) and syswrite $s, "$label $name $address";
      exit;
    }
  }
}
1 while wait > 0;`;

function hostAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.map(({ address }) => address).filter((address) => !address.startsWith('fe80:'));
}

test('no packet leaves by TCP, UDP, IPv4, IPv6, broadcast or multicast, on any device', async () => {
  const addresses = [...hostAddresses(), '127.0.0.53', '::ffff:127.0.0.1'];
  const groups = ['127.255.255.255', '224.0.0.251', '255.255.255.255'];
  const target = [String(ports.tcp), String(ports.udp), ...addresses, ...groups];
  const args = (label: string): string[] => ['-e', SENDER, label, ...target];
  await run('perl', args('open'));
  const expected = [
    ...addresses.flatMap((address) => [`open tcp ${address}`, `open udp ${address}`]),
    ...groups.slice(0, 2).map((address) => `open udp ${address}`),
  ];
  await expect.poll(() => [...heard]).toEqual(expect.arrayContaining(expected));

  const inside = await bottle.exec(['perl', ...args('bottle')]);
  await sleep(500);
  expect(inside.code).toBe(0);
  expect([...heard].filter((line) => line.startsWith('bottle'))).toEqual([]);
});

test("a bottle's network has only loopback, where no host service listens", async () => {
  const { stdout } = await bottle.exec([
    'sh',
    '-c',
    'tail -n +3 /proc/net/dev | cut -d: -f1; tail -n +2 /proc/net/route',
  ]);
  expect(stdout.trim()).toBe('lo');
});

test('the gateway answers a name and a request that are not allowed', async () => {
  const denied = await bottle.exec([
    'curl',
    '-s',
    '-m',
    '5',
    '-x',
    'http://127.200.0.1:3128',
    'http://example.org/',
  ]);
  expect(JSON.parse(denied.stdout)).toMatchObject({ error: expect.any(String) as string });
  const name = await bottle.exec(['getent', 'hosts', 'example.org']);
  expect(name.code).not.toBe(0);
});

test('a bottle cannot reach another bottle or its gateway', async () => {
  const other = await openTestBottle();
  try {
    await other.launch();
    const listener = `require("net").createServer(s => s.end("other")).listen(8080, "0.0.0.0", () => console.log("up"))`;
    const serving = other.exec(['timeout', '8', 'node', '-e', listener]);
    const asking = `require("net").connect(8080, process.argv[1]).on("data", d => console.log(String(d))).on("error", e => console.log(e.code))`;
    const own = async (): Promise<string> =>
      (await other.exec(['node', '-e', asking, '127.0.0.1'])).stdout.trim();
    await expect.poll(own).toBe('other');
    const across = await bottle.exec(['node', '-e', asking, '127.0.0.1']);
    expect(across.stdout.trim()).toBe('ECONNREFUSED');
    await serving;
  } finally {
    await other.remove();
  }
});

test('nothing gets out after the gateway has died, and the agent goes on', async () => {
  const victim = await openTestBottle();
  try {
    await victim.launch();
    const ask = [
      'curl',
      '-s',
      '-m',
      '5',
      '-o',
      '/dev/null',
      '-w',
      '%{http_code}',
      'http://127.200.0.1:3128/.bot-bottle/health',
    ];
    expect((await victim.exec(ask)).stdout).toBe('200');
    process.kill(victim.gatewayPid, 'SIGKILL');
    await sleep(500);
    const after = await victim.exec(ask);
    expect(after).toMatchObject({ code: 7, stdout: '000' });
  } finally {
    await victim.remove();
  }
});
