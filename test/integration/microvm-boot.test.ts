import { chown, mkdtemp, rm, writeFile, readFile } from 'node:fs/promises';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { ensureRootfs } from '../../src/drivers/image/rootfs.ts';
import { ensureBase, makeScratch } from '../../src/drivers/microvm/guest/disks.ts';
import { commonArchive, initrdOf, ownArchive } from '../../src/drivers/microvm/guest/initramfs.ts';
import { ensureKernel } from '../../src/drivers/microvm/guest/kernel.ts';
import { readPrograms } from '../../src/drivers/microvm/guest/programs.ts';
import { sshCommand } from '../../src/drivers/microvm/ssh/command.ts';
import { HOST_ALIAS, makeKeys, type SshKeys } from '../../src/drivers/microvm/ssh/keys.ts';
import { LINK } from '../../src/drivers/microvm/vmm/machine.ts';
import { clockArguments, CONSOLE_ARGUMENTS, qemuCommand } from '../../src/drivers/microvm/vmm/qemu.ts';
import { startVmm, type StartedVmm } from '../../src/drivers/microvm/vmm/start.ts';
import { assetPath } from '../../src/host/paths.ts';
import { findProcessesOf } from '../../src/host/processes.ts';
import { run, spawnProgram, type RunResult } from '../../src/host/run.ts';
import { agentOwner } from '../../src/host/user.ts';

const MIB = 1024 ** 2;
const BOOT_MS = 120_000;
const work = { progress: () => undefined, signal: new AbortController().signal };

const BOTTLE_ID = 'microvm-boot-test';
let dir: string;
let keys: SshKeys;
let vmm: StartedVmm;

async function inMachine(command: string, asRoot = false): Promise<RunResult> {
  const order = { keys, vmmPid: await vmm.pid, controlPath: join(dir, 'ssh'), asRoot, tty: false, command };
  const [program = '', ...args] = sshCommand({ ...order, connectPath: assetPath('microvm/connect.pl') });
  return await run(program, args, { timeoutMs: 30_000 });
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'microvm-'));
  const [kernel, programs, tarPath] = await Promise.all([
    ensureKernel(work),
    readPrograms(),
    ensureRootfs(work),
  ]);
  const basePath = await ensureBase(tarPath, basename(tarPath, '.tar'), work);
  const scratchPath = join(dir, 'scratch');
  await makeScratch(scratchPath, 512 * MIB);
  const { uid, gid } = agentOwner();
  await chown(scratchPath, uid, gid);
  keys = await makeKeys(dir);
  const texts = await Promise.all(
    ['init', 'second'].map(async (name) => await readFile(assetPath(`microvm/${name}`), 'utf8')),
  );
  const [init = '', second = ''] = texts;
  const common = commonArchive({ programs, modules: kernel.modules, init, second });
  const { address, gatewayAddress, netmask } = LINK;
  const own = ownArchive({ hostName: 'bottle-1', address, gatewayAddress, netmask, ...keys });
  const initrdPath = join(dir, 'initrd');
  await writeFile(initrdPath, initrdOf(common, own));
  const command = qemuCommand(
    {
      cpus: 2,
      memoryMib: 512,
      kernelPath: '/vm/kernel',
      initrdPath: '/vm/initrd',
      kernelArguments: [...CONSOLE_ARGUMENTS, ...clockArguments(2_400_000)],
      disks: [
        { path: '/vm/base', readOnly: true },
        { path: '/vm/scratch', readOnly: false },
      ],
      tapName: LINK.tapName,
    },
    'tcg',
  );
  vmm = startVmm(
    BOTTLE_ID,
    [
      { hostPath: kernel.vmlinuxPath, path: '/vm/kernel', readOnly: true },
      { hostPath: initrdPath, path: '/vm/initrd', readOnly: true },
      { hostPath: basePath, path: '/vm/base', readOnly: true },
      { hostPath: scratchPath, path: '/vm/scratch', readOnly: false },
    ],
    command,
  );
  const until = Date.now() + BOOT_MS;
  let ended: string | undefined;
  void vmm.ended.then((how) => (ended = how));
  for (;;) {
    const { exitCode, stderr } = await inMachine('true');
    if (exitCode === 0) return;
    if (ended !== undefined || Date.now() > until)
      throw new Error(`${ended ?? 'it does not answer'}\n${stderr}`);
    await sleep(300);
  }
}, 300_000);

afterAll(async () => {
  for (const end of ['', '-root']) {
    const controlPath = `ControlPath=${join(dir, `ssh${end}`)}`;
    await run('ssh', ['-F', 'none', '-o', controlPath, '-O', 'exit', HOST_ALIAS]);
  }
  vmm.kill();
  await vmm.ended;
  await vi.waitUntil(() => findProcessesOf(BOTTLE_ID).length === 0, { timeout: 10_000 });
  await rm(dir, { recursive: true, force: true });
});

test('a program runs in a machine with a kernel of its own, as the agent', async () => {
  const { stdout } = await inMachine('id -un; uname -r; hostname; pwd; node --version');
  expect(stdout).toMatch(/^agent\n\S+cloud\S*\nbottle-1\n\/home\/agent\nv\d+/);
});

/** What the machine tries: TCP and UDP with a word, to each of these places. */
const tell = (word: string, places: readonly string[]): string =>
  `node -e '
    const [word, ...places] = process.argv.slice(1);
    for (const place of places) {
      const [host, port] = [place.replace(/:[0-9]+$/, ""), Number(place.split(":").pop())];
      require("net").connect({ host, port }, function () { this.end(word) }).on("error", () => {});
      require("dgram").createSocket("udp4").send(word, port, host, () => {});
    }
    setTimeout(() => process.exit(), 4000);
  ' ${word} ${places.join(' ')}`;

/** Listens inside the bottle's network, where its gateway would, and says what it hears. */
async function listenInside(): Promise<{ readonly port: number; heard(): string; end(): void }> {
  const listener = spawnProgram('perl', ['-e', LISTENER, assetPath('handover'), String(await vmm.pid)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  listener.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await vi.waitUntil(() => said.includes('\n'), { timeout: 10_000 });
  return { port: Number(said.split('\n')[0]), heard: () => said, end: () => void listener.kill() };
}

const LISTENER = `
  use strict; use warnings; use Socket; $| = 1;
  my ($dir, $pid) = @ARGV;
  require "$dir/fds.pl"; require "$dir/join.pl";
  enter(namespaces_of($pid));
  socket my $server, AF_INET, SOCK_STREAM, 0 or die; bind $server, pack_sockaddr_in(0, INADDR_ANY) or die; listen $server, 9 or die;
  print +(unpack_sockaddr_in(getsockname $server))[0], "\\n";
  while (accept my $client, $server) { print while <$client> }
`;

test('its root reaches nothing but its gateway’s address, whatever it does to its network', async () => {
  const heard: string[] = [];
  const canary = createServer((socket) => socket.on('data', (chunk) => heard.push(chunk.toString())));
  canary.listen(0, '0.0.0.0');
  await once(canary, 'listening');
  const { port } = canary.address() as AddressInfo;
  const datagrams = createSocket('udp4').on('message', (message) => heard.push(message.toString()));
  datagrams.bind(port, '0.0.0.0');
  const inside = await listenInside();
  try {
    const links = Object.values(networkInterfaces())
      .flat()
      .filter((one) => one?.family === 'IPv4');
    const addresses = [...new Set([...links.map((one) => one?.address ?? ''), LINK.gatewayAddress])];
    // The positive control of the canary: this host itself is heard.
    connect({ host: '127.0.0.1', port }, function (this: Socket) {
      this.end('the host');
    });
    createSocket('udp4').unref().send('the host by UDP', port, '127.0.0.1');
    const own = ['the host', 'the host by UDP'];
    await vi.waitUntil(() => own.every((word) => heard.includes(word)), { timeout: 10_000 });
    const open = [
      'busybox() { /run/bot-bottle/busybox "$@"; }',
      `busybox ip route add default via ${LINK.gatewayAddress}`,
      'busybox ip link set eth0 down; busybox ip link set eth0 address 02:00:00:00:00:77; busybox ip link set eth0 up',
      `busybox ip addr add 192.0.2.7/24 dev eth0; busybox ip route add default via ${LINK.gatewayAddress}`,
    ].join('; ');
    const places = addresses.map((address) => `${address}:${port}`);
    await inMachine(
      `${open}; ${tell('from-the-machine', [...places, `${LINK.gatewayAddress}:${inside.port}`])}`,
      true,
    );
    await vi.waitUntil(() => inside.heard().includes('from-the-machine'), { timeout: 10_000 });
    expect(heard.filter((word) => !own.includes(word))).toEqual([]);
  } finally {
    inside.end();
    canary.close();
    datagrams.close();
  }
});

test('its VMM has no power, and no other file of this host', async () => {
  const pid = await vmm.pid;
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  expect(status).toMatch(/^CapEff:\t0+$/m);
  expect(status).toMatch(/^CapPrm:\t0+$/m);
  expect(status).toMatch(/^CapInh:\t0+$/m);
  expect(status).toMatch(/^NoNewPrivs:\t1$/m);
  expect(status).toMatch(/^Seccomp:\t2$/m);
  expect(/^Uid:\t(\d+)/m.exec(status)?.[1]).toBe(String(agentOwner().uid));
  const { stdout } = await run('ls', [`/proc/${pid}/root/`, `/proc/${pid}/root/vm`]);
  expect(stdout.split('\n')).not.toContain('etc');
  expect(stdout).toMatch(/base\s+initrd\s+kernel\s+scratch/);
});
