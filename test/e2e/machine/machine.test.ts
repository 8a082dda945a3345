import { createHash } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LINK } from '../../../src/drivers/microvm/vmm/machine.ts';
import { assetPath, cacheDir } from '../../../src/host/paths.ts';
import { run, spawnProgram } from '../../../src/host/run.ts';
import { agentOwner, ownOwner } from '../../../src/host/user.ts';
import { makeHome, type Home } from '../../support/home.ts';
import { asRootOf, startWaiting, vmmOf } from '../../support/hosts/machines.ts';
import { keepersOf } from '../../support/traces.ts';

/**
 * A machine with a hostile root user: nothing that it sends arrives anywhere, and its surroundings continue to work.
 */

const MEMORY_MIB = 512;
/** Time for greedy programs to take all that they can get, in milliseconds. */
const GREEDY_MS = 10_000;
let home: Home;
let id: string;
let manifest: string;

beforeAll(async () => {
  home = makeHome();
  const resources = { cpus: 1, memory: `${MEMORY_MIB}m`, pids: 256, disk: '64m' };
  manifest = home.manifest({
    bottles: { box: { workspace: 'none', resources } },
    agents: Object.fromEntries(
      ['worker', 'sibling', 'neighbour'].map((name) => [name, { bottle: 'box', agent: 'shell' }]),
    ),
  });
  id = await live('worker', 'qemu');
}, 300_000);

afterAll(async () => await home.remove());

/** Starts a bottle that waits, and returns its id. */
const live = async (agent: string, runtime: string): Promise<string> =>
  await startWaiting(
    home,
    [agent, home.dir, '--manifest', manifest, '--yes', '--runtime', runtime],
    'echo ready; cat',
  );

const asRoot = async (argv: readonly string[]): Promise<string> => await asRootOf(home, id, argv);

/** Listens on every address of the host; returns the data that arrives. */
async function listenOutside() {
  const heard: string[] = [];
  const streams = createServer((socket) => socket.on('data', (chunk) => heard.push(chunk.toString())));
  streams.listen(0, '0.0.0.0');
  await once(streams, 'listening');
  const { port } = streams.address() as AddressInfo;
  const datagrams = createSocket('udp4').on('message', (message) => heard.push(message.toString()));
  datagrams.bind(port, '0.0.0.0');
  await once(datagrams, 'listening');
  const close = (): void => {
    streams.close();
    datagrams.close();
  };
  return { heard, port, close };
}

/** Returns the real user id of a process on this host: proc_pid_status(5). */
const realUidOf = (pid: number): number =>
  Number(/^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);

/** Listens at the other end of the network, where the gateway is. */
const INSIDE = `
  use strict; use warnings; use Socket; $| = 1;
  my ($dir, $pid) = @ARGV;
  require "$dir/fds.pl"; require "$dir/join.pl";
  enter(namespaces_of($pid));
  socket my $server, AF_INET, SOCK_STREAM, 0 or die; bind $server, pack_sockaddr_in(0, INADDR_ANY) or die; listen $server, 9 or die;
  print +(unpack_sockaddr_in(getsockname $server))[0], "\\n";
  while (accept my $client, $server) { print while <$client> }
`;

async function listenInside() {
  const listener = spawnProgram('perl', ['-e', INSIDE, assetPath('handover'), String(vmmOf(id))], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  listener.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await expect.poll(() => said, { timeout: 10_000 }).toContain('\n');
  return { port: Number(said.split('\n')[0]), heard: () => said, end: () => void listener.kill() };
}

/** Sends a word by TCP and UDP to each of these places, as ADDRESS:PORT. */
const TELL = `
  const [word, ...places] = process.argv.slice(1);
  for (const place of places) {
    const [host, port] = place.split(':');
    require('net').connect({ host, port }, function () { this.end(word) }).on('error', () => {});
    const socket = require('dgram').createSocket('udp4');
    socket.bind(() => { socket.setBroadcast(true); socket.send(word, port, host, () => {}); }).on('error', () => {});
  }
  setTimeout(() => process.exit(), 4000);
`;

/** Sends thousands of handmade frames: ARP for everybody's address, and a broadcast datagram. */
const FRAMES = `
  use strict; use warnings; use Socket;
  my $index = do { open my $f, '<', '/sys/class/net/eth0/ifindex' or die $!; <$f> + 0 };
  socket my $s, 17, SOCK_RAW, 0x0300 or die "packet: $!\\n";
  my $to = pack 'S n i S C C a8', 17, 0x0806, $index, 1, 0, 6, "\\xff" x 6;
  my $sent = 0;
  for my $n (1 .. 5000) {
    my $frame = ("\\xff" x 6) . pack('H12', sprintf '0200%08x', $n) . pack('H*', '08060001080006040001') . ("\\x02" x 6) . pack('N', 0x0ac80001) . ("\\0" x 6) . pack 'N', 0x0ac80000 + $n;
    send($s, $frame, 0, $to) and $sent++;
    my $udp = pack('n n n n', 9, $ARGV[0], 8 + length $ARGV[1], 0) . $ARGV[1];
    my $ip = pack('C C n n n C C n N N', 0x45, 0, 20 + length $udp, $n, 0, 64, 17, 0, 0x0ac80002, 0xffffffff);
    send($s, ("\\xff" x 6) . ("\\x02" x 6) . "\\x08\\x00" . $ip . $udp, 0, $to);
  }
  print "sent $sent\\n";
`;

test('a machine that adds routes, takes addresses or floods reaches nothing outside its network', async () => {
  const outside = await listenOutside();
  const inside = await listenInside();
  try {
    const own = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
    const addresses = own.flatMap(({ family, address }) => (family === 'IPv4' ? [address] : []));
    // Control of the listener: it receives data from this host itself.
    connect({ host: '127.0.0.1', port: outside.port }, function (this: ReturnType<typeof connect>) {
      this.end('the host');
    });
    createSocket('udp4').unref().send('the host by UDP', outside.port, '127.0.0.1');
    const control = ['the host', 'the host by UDP'];
    await expect.poll(() => outside.heard.toSorted()).toEqual(control);
    const opened = [
      'busybox() { /run/bot-bottle/busybox "$@"; }',
      'busybox ip link set eth0 down; busybox ip link set eth0 address 02:00:00:00:00:77; busybox ip link set eth0 up',
      `busybox ip addr add 192.0.2.7/24 dev eth0; busybox ip route add default via ${LINK.gatewayAddress}`,
    ].join('; ');
    expect(await asRoot(['sh', '-c', `${opened}; busybox ip route`])).toContain('default via');
    const places = [...addresses, '255.255.255.255', '224.0.0.1'].map(
      (address) => `${address}:${outside.port}`,
    );
    await asRoot([
      'node',
      '-e',
      TELL,
      'from-the-machine',
      ...places,
      `${LINK.gatewayAddress}:${inside.port}`,
    ]);
    expect(await asRoot(['perl', '-e', FRAMES, String(outside.port), 'by-frame'])).toContain('sent 5000');
    // Control of the machine: the other end of its link receives its data.
    await expect.poll(inside.heard).toContain('from-the-machine');
    expect(outside.heard.toSorted()).toEqual(control);
  } finally {
    inside.end();
    outside.close();
  }
});

test('the launch check in a machine sees who accepts a connection and who refuses one', async () => {
  const [at, nobody] = [LINK.gatewayAddress, '192.0.2.1'];
  const places = [`${at}:80`, `${at}:9`, `${nobody}:443`, '255.255.255.255:9', '224.0.0.1:9'];
  const busybox = '/run/bot-bottle/busybox';
  // Restores the state before any agent: reach makes this route itself, and exits if it cannot.
  await asRoot([busybox, 'sh', '-c', `${busybox} ip route del default; true`]);
  const reach = [busybox, 'sh', '/run/bot-bottle/reach'];
  const said = (await asRoot([...reach, `${at}:3128`, ...places])).trim().split('\n');
  expect(said.filter((line) => line.startsWith('reached')).toSorted()).toEqual([
    `reached ${at}:80`,
    `reached ${at}:9`,
  ]);
  expect(said.at(-1)).toMatch(/^over [\d.]+$/);
  // Where no gateway listens, reach confirms nothing.
  const without = await asRoot([...reach, `${at}:9`, ...places.slice(2)]);
  expect(without).not.toContain('over');
  // Nor does it if there is another route.
  await asRoot([busybox, 'ip', 'route', 'add', 'default', 'via', at]);
  expect(await asRoot([...reach, `${at}:3128`, ...places.slice(2)])).not.toContain('over');
});

test("a machine's link leads to the gateway's ports, and no others", async () => {
  const scan = `
    const net = require('net'), open = [], wait = [];
    for (let port = 1; port <= 4096; port += 1) wait.push(port);
    const next = () => { const port = wait.shift(); if (port === undefined) return;
      const s = net.connect({ host: '${LINK.gatewayAddress}', port, timeout: 3000 }, () => { open.push(port); s.destroy(); next(); });
      s.on('error', next).on('timeout', () => { s.destroy(); next(); }); };
    for (let i = 0; i < 50; i += 1) next();
    process.on('exit', () => console.log(JSON.stringify(open.sort((a, b) => a - b))));
  `;
  expect(JSON.parse(await asRoot(['node', '-e', scan]))).toEqual([53, 80, 443, 3128]);
});

test('a machine has no other channel to its host: neither vsock nor a virtio port', async () => {
  const look = `
    use strict; use warnings;
    opendir my $all, '/sys/bus/virtio/devices' or die $!;
    my @ids = map { open my $f, '<', "/sys/bus/virtio/devices/$_/device" or die $!; my $id = <$f>; chomp $id; hex $id } grep { !/^\\./ } readdir $all;
    print join(',', sort { $a <=> $b } @ids), "\\n";
    for my $cid (0 .. 3) {
      my $s;
      my $met = socket($s, 40, 1, 0) ? connect($s, pack 'S S L L x4', 40, 0, 1024, $cid) ? 'connected' : $!+0 : $!+0;
      print "cid $cid: $met\\n";
    }
  `;
  const said = await asRoot(['perl', '-e', look]);
  // virtio 1.2, 5: a network card, five disks, entropy.
  expect(said.split('\n')[0]).toBe('1,2,2,2,2,2,4');
  expect(said).not.toContain('connected');
});

test("a machine's kernel runs at a random address", async () => {
  const said = await asRoot(['sh', '-c', 'grep " _text$" /proc/kallsyms; grep "Kernel code" /proc/iomem']);
  expect(said).toMatch(/^[0-9a-f]{16} T _text\n +[0-9a-f]+-[0-9a-f]+ : Kernel code\n$/);
  // Both together by chance: once in tens of thousands of boots.
  expect(said).not.toMatch(/^ffffffff81000000 .*\n +0*1000000-/);
  expect(home.receipt(id).launchChecks.map((check) => check.id)).toContain('machine.kaslr');
});

test('files that all machines share cannot be written to', async () => {
  const write = `mknod /dev/base b 254 0 && printf broken | dd of=/dev/base bs=6 count=1 conv=fsync 2>&1; blockdev --getro /dev/base`;
  const said = await asRoot(['sh', '-c', write]);
  expect(said).toMatch(/Operation not permitted|Read-only|Input\/output error/);
  const { base } = home.receipt(id).evidence;
  const dir = join(cacheDir(), 'bases');
  const digests = readdirSync(dir)
    .filter((name) => name.endsWith('.erofs'))
    .map(
      (name) =>
        `sha256:${createHash('sha256')
          .update(readFileSync(join(dir, name)))
          .digest('hex')}`,
    );
  expect(digests).toContain(base);
});

test('the processes of a machine belong to its root alone, and its devices are only in /dev', async () => {
  const ours = '/run/bot-bottle';
  const look = [`${ours}/busybox`, 'ls', `${ours}/private`];
  expect(await asRoot(look)).toMatch(/^programs$/m);
  expect(await asRoot([`${ours}/busybox`, 'sh', `${ours}/as-agent`, ...look])).toContain('Permission denied');
  const read = (dir: string): Promise<string> =>
    asRoot(['sh', '-c', `head -c 3 ${dir}/zero 2>&1 | wc -c; head -c 3 ${dir}/zero 2>&1`]);
  expect(await read('/dev')).toBe('3\n\0\0\0');
  expect(await read(`${ours}/dev`)).toContain('Permission denied');
});

test('a machine that takes all memory, disk and processes gets no more than its limits, and other bottles go on', async () => {
  const siblings = [await live('sibling', 'bubblewrap'), await live('neighbour', 'qemu')];
  // Each VMM runs as its own user, so an escape from one finds no files of another, nor of anybody else on this host.
  const [, neighbour = ''] = siblings;
  const users = [id, neighbour].map((each) => realUidOf(vmmOf(each)));
  expect(users).toEqual([id, neighbour].map((each) => ownOwner(each).uid));
  expect(new Set([...users, agentOwner().uid]).size).toBe(3);
  for (const disk of ['scratch', 'own'])
    expect(statSync(join(home.bottlesDir, id, 'run', 'machine', disk)).uid).toBe(users[0]);
  // The disk cannot grow on the host: the machine meets its end.
  const filled = await asRoot(['sh', '-c', 'head -c 500m /dev/zero >/big; rm /big']);
  expect(filled).toContain('No space left on device');
  // Writes to the work disk past its file system: the disk ends at its own size.
  const raw = 'mknod /dev/work b 254 48 && dd if=/dev/zero of=/dev/work bs=1M 2>&1; rm /dev/work';
  expect(await asRoot(['sh', '-c', raw])).toContain('No space left on device');
  const onHost = await run('du', ['--summarize', '--block-size=1M', join(home.bottlesDir, id)]);
  expect(Number.parseInt(onHost.stdout)).toBeLessThan(1024 + 64 + MEMORY_MIB);
  const greed = [
    'head -c 500m /dev/zero >/big',
    "perl -e 'while (1) { fork // select undef, undef, undef, 0.01 }'",
    'perl -e \'my @all; push @all, "x" x 10_000_000 for 1 .. 200; sleep 10\'',
  ];
  // The greedy commands may end in any way: the machine may kill its own server for lack of memory, and is removed with
  // them.
  const busy = greed.map(async (command) => await asRoot(['sh', '-c', `${command} 2>&1; true`]));
  for (const each of busy) each.catch(() => undefined);
  await sleep(GREEDY_MS);
  for (const sibling of siblings) {
    const beside = await home.run(['exec', sibling, '--', 'sh', '-c', 'echo goes on'], { timeoutMs: 60_000 });
    expect(beside).toMatchObject({ code: 0, stdout: 'goes on\n' });
  }
  const kib = keepersOf([id]).processes.map(({ pid }) => memoryKib(pid));
  expect(Math.max(0, ...kib) / 1024).toBeLessThan(MEMORY_MIB + 512);
  expect(kib.length).toBeLessThan(64);
});

function memoryKib(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0; // it has ended
  }
}
