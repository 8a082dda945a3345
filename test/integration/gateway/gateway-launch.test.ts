import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dataLimitBytes } from '../../../src/gateway/launch/launch.ts';
import { faultsOf, limitFaultsOf } from '../../../src/host/process/confinement.ts';
import { KERNEL_TABLES, parseRoutes4, PROC_NET } from '../../../src/host/system/own-addresses.ts';
import { readSystemEntries, systemFoldersIn } from '../../../src/host/system/system-folders.ts';
import { assetPath, packageRoot } from '../../../src/host/paths.ts';
import { identify, isRunning, type ProcessIdentity } from '../../../src/host/processes.ts';
import { run, runOrThrow, spawnProgram } from '../../../src/host/run.ts';
import { gatewayOwner, isRoot } from '../../../src/host/user.ts';
import { buildGateway, bundle } from './support/bundle.ts';
import { GATEWAY } from './support/world.ts';

/** The gateway's own confinement, started by root and by an ordinary user. */

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bot-bottle-launch-'));
  chmodSync(folder, 0o755);
  await buildGateway();
  cpSync(join(packageRoot(), 'dist/gateway.cjs'), join(folder, 'dist/gateway.cjs'));
  cpSync(assetPath('handover'), join(folder, 'assets/handover'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  await bundle('test/integration/gateway/support/launch-program.ts', join(folder, 'dist/launch-program.mjs'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ORDINARY = { uid: 54_321, gid: 54_321 };

interface Launched {
  readonly owner: { readonly uid: number; readonly gid: number };
  readonly state: string;
  readonly launcher: number;
  readonly gateway: ProcessIdentity;
  readonly bottle: number;
  readonly checks: readonly { id: string }[];
  tell(order: string): void;
  heard(): Promise<string>;
}

/** Runs as the user of the tests, or as an ordinary user if that is root. */
async function launch(asOrdinary: boolean): Promise<Launched> {
  const state = mkdtempSync(join(folder, 'state-'));
  const drop = asOrdinary && isRoot();
  if (drop) chownSync(state, ORDINARY.uid, ORDINARY.gid);
  // Nobody else can enter this folder, as with root's own home.
  else mkdirSync(join(state, 'closed'), { mode: 0o700 });
  const place = drop ? state : join(state, 'closed');
  const child = spawnProgram('node', [join(folder, 'dist/launch-program.mjs'), place], {
    stdio: ['pipe', 'pipe', 'inherit'],
    ...(drop ? ORDINARY : {}),
  });
  const lines = createInterface({ input: child.stdout as Readable });
  const [line] = (await once(lines, 'line')) as [string];
  return {
    ...(JSON.parse(line) as Pick<Launched, 'gateway' | 'bottle' | 'checks'>),
    owner: drop ? ORDINARY : gatewayOwner(),
    state: place,
    launcher: child.pid ?? 0,
    tell: (order) => void (order === '' ? child.stdin?.end() : child.stdin?.write(`${order}\n`)),
    heard: async () => String((await once(lines, 'line'))[0]),
  };
}

const procOf = (pid: number, name: string): string => readFileSync(`/proc/${pid}/${name}`, 'utf8');

/** Returns a process's writable mount points. */
function writableMounts(pid: number): string[] {
  const mounts = procOf(pid, 'mountinfo')
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
  return mounts
    .filter(([, , , , , options = '']) => options.startsWith('rw'))
    .map((fields) => fields[4] ?? '');
}

/**
 * Everything that a gateway may see besides the folders of the system: its own files, and the files that its lookups
 * read.
 */
const OWN_MOUNTS =
  /^(\/|\/proc\/net\/(fib_trie|if_inet6|ipv6_route)|\/node(\/.*)?|\/gateway\/[\w.-]+|\/run\/(audit|control|handover)|\/dev(\/.*)?|\/etc\/(ld\.so\.cache|resolv\.conf|hosts|nsswitch\.conf|host\.conf|gai\.conf))$/;

/** Returns the mount points of a process that a gateway does not need. */
function foreignMounts(pid: number): string[] {
  const points = procOf(pid, 'mountinfo')
    .trim()
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '');
  const system = systemFoldersIn(readSystemEntries());
  return points.filter((point) => !OWN_MOUNTS.test(point) && !system.includes(point));
}

describe.each([
  ['as the user of the tests', false],
  ['as an ordinary user', true],
])('launched %s', (_, asOrdinary) => {
  test('the gateway is a user without capabilities who can write to three folders', async () => {
    const launched = await launch(asOrdinary);
    expect(faultsOf(procOf(launched.gateway.pid, 'status'), launched.owner)).toEqual([]);
    const writable = writableMounts(launched.gateway.pid).filter((path) => !path.startsWith('/dev/'));
    expect(writable.sort()).toEqual(['/run/audit', '/run/control', '/run/handover']);
    expect(readdirSync(`/proc/${launched.gateway.pid}/root`)).not.toContain('home');
    expect(readdirSync(`/proc/${launched.gateway.pid}/root`)).not.toContain('root');
    launched.tell('');
  });

  test('the gateway leaves no core dump, and sees only the parts of the host that it needs', async () => {
    const launched = await launch(asOrdinary);
    const { pid } = launched.gateway;
    expect(procOf(pid, 'limits')).toMatch(/^Max core file size +1 +1 /m);
    expect(foreignMounts(pid)).toEqual([]);
    const ownAddresses = readFileSync(`/proc/${pid}/root${PROC_NET}/${KERNEL_TABLES.routes4}`, 'utf8');
    expect(parseRoutes4(ownAddresses)).toContainEqual(['127.0.0.1', 32]);
    launched.tell('');
  });

  test('the gateway serves a bubblewrap bottle whose checks have held, and whose program cannot take a port', async () => {
    const launched = await launch(asOrdinary);
    expect(launched.checks).toHaveLength(7);
    const script = `for my $r (0,1) { socket my $s, AF_INET, SOCK_DGRAM, 0; setsockopt $s, SOL_SOCKET, SO_REUSEADDR, $r; print "taken" if bind $s, pack_sockaddr_in(53, inet_aton("${GATEWAY}")) } socket my $c, AF_INET, SOCK_DGRAM, 0; print "control" if bind $c, pack_sockaddr_in(5300, inet_aton("${GATEWAY}"))`;
    const inside = ['--target', String(launched.bottle), '--user', '--net', '--preserve-credentials'];
    const thief = spawnProgram('nsenter', [...inside, 'perl', '-MSocket', '-e', script], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let said = '';
    thief.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await once(thief, 'close');
    expect(said).toBe('control');
    launched.tell('');
  });

  test('the gateway ends with its bottle, even without a launcher', async () => {
    const launched = await launch(asOrdinary);
    launched.tell('end bottle');
    await expect.poll(() => isRunning(launched.gateway)).toBe(false);
    expect(existsSync(join(launched.state, 'audit/egress.jsonl'))).toBe(true);
    launched.tell('');
  });

  test('a gateway whose launcher is killed ends with the bottle', async () => {
    const launched = await launch(asOrdinary);
    launched.tell('');
    await expect.poll(() => identify(launched.bottle)).toBeUndefined();
    await expect.poll(() => isRunning(launched.gateway)).toBe(false);
  });

  test("the gateway's memory is limited, and a crash of it writes nothing to disk", async () => {
    const launched = await launch(asOrdinary);
    // The limit depends on the launcher's Node, found by PATH: these tests may run in another Node, which reserves more
    // or less.
    const wanted = { 'Max data size': dataLimitBytes(procOf(launched.launcher, 'maps')) };
    expect(limitFaultsOf(procOf(launched.gateway.pid, 'limits'), wanted)).toEqual([]);
    launched.tell('');
  });

  test('a gateway that needs more memory ends and gives the reason, and nothing gets out any more', async () => {
    const launched = await launch(asOrdinary);
    const { pid } = launched.gateway;
    const inside = ['--target', String(launched.bottle), '--user', '--net', '--preserve-credentials'];
    const dial = async (count: number): Promise<string> => {
      const script = `my @s; for (1..${count}) { socket my $s, AF_INET, SOCK_STREAM, 0; connect $s, pack_sockaddr_in(3128, inet_aton("${GATEWAY}")) or do { print $!; exit }; syswrite $s, "GET http://a.example/ HTTP/1.1\\r\\n" . "X-Note: " . "x" x 8000; push @s, $s } print "connected"; sleep 1`;
      return (await run('nsenter', [...inside, 'perl', '-MSocket', '-e', script])).stdout;
    };
    expect(await dial(1)).toBe('connected');
    // Lowers the limit until the next page is too much: the memory that it already has is soon full.
    const { uid, gid } = launched.owner;
    const lower = ['--pid', String(pid), '--data=4096:4096'];
    const asOwner = ['--reuid', String(uid), '--regid', String(gid), '--clear-groups', 'prlimit', ...lower];
    await (isRoot() ? runOrThrow('setpriv', asOwner) : runOrThrow('prlimit', lower));
    const heard = launched.heard();
    while (isRunning(launched.gateway)) await Promise.all([1, 2, 3, 4].map(async () => await dial(900)));
    expect(JSON.parse(await heard)).toEqual({
      why: expect.stringMatching(/^it ended by (exit code 1[0-9]{2}|SIG[A-Z]+)/),
    });
    expect(await dial(1)).toBe('Connection refused');
    launched.tell('');
  });

  test('the gateway stops when it is asked to', async () => {
    const launched = await launch(asOrdinary);
    launched.tell('stop');
    expect(await launched.heard()).toBe('stopped');
    expect(isRunning(launched.gateway)).toBe(false);
    launched.tell('');
  });
});
