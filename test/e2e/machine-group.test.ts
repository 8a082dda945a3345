import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { groupVersion } from '../../src/drivers/microvm/group/make.ts';
import { ownGroup } from '../../src/drivers/microvm/group/plan.ts';
import { sumOf } from '../../src/drivers/microvm/limits.ts';
import { run, spawnProgram } from '../../src/host/run.ts';
import { makeHome, type Home } from '../support/home.ts';
import { asRootOf, startWaiting, vmmOf } from '../support/machines.ts';

/** The control group that root makes for all that is around a machine: of version 1 or 2 on this host, of version 2 in a machine. */

const MIB = 1024 ** 2;
const MEMORY_MIB = 512;
let home: Home;
let id: string;

beforeAll(async () => {
  home = makeHome();
  const resources = { cpus: 1, memory: `${MEMORY_MIB}m`, pids: 256, disk: '64m' };
  const manifest = home.manifest({
    bottles: { box: { workspace: 'none', resources } },
    agents: { worker: { bottle: 'box', agent: 'shell' } },
  });
  const args = ['worker', home.dir, '--manifest', manifest, '--yes', '--runtime', 'qemu'];
  id = await startWaiting(home, args, 'echo ready; cat');
}, 300_000);

afterAll(async () => await home.remove());

/** Takes memory and keeps it, so many MiB, joined to these groups before; says each that it has. */
const GREEDY = `
  use strict; use warnings; $| = 1;
  my $mib = shift @ARGV;
  for my $folder (@ARGV) { open my $f, '>', "$folder/cgroup.procs" or die "$folder: $!\\n"; syswrite $f, "$$\\n" or die "$folder: $!\\n" }
  my @taken;
  for my $n (1 .. $mib) { push @taken, "x" x 1048576; print "$n\\n" if $n % 64 == 0 }
  print "all\\n";
`;

/** How it ended, and the last that it said. */
async function takes(mib: number, folders: readonly string[]): Promise<{ how: unknown; last: string }> {
  const child = spawnProgram('perl', ['-e', GREEDY, String(mib), ...folders], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { how: signal ?? code, last: said.trim().split('\n').at(-1) ?? '' };
}

/** The same code in a machine whose kernel has version 2, as its root. */
const IN_A_MACHINE = String.raw`
  import { execFileSync, spawnSync } from 'node:child_process';
  import { existsSync } from 'node:fs';
  import { confirmGroup, groupVersion, makeGroup, removeGroup } from './make.ts';
  import { ownGroup } from './plan.ts';
  const busybox = (...args) => execFileSync('/run/bot-bottle/busybox', args).toString();
  busybox('mkdir', '-p', '/run/groups');
  try { busybox('mount', '-t', 'cgroup2', 'none', '/sys/fs/cgroup'); } catch (error) { console.log(String(error)); }
  const version = groupVersion();
  const group = ownGroup('in-a-machine', { memoryBytes: 64 * 1024 ** 2, pids: 8 }, version);
  const whyNot = await makeGroup('in-a-machine', group);
  const inside = (script) => spawnSync('sh', ['-c', 'echo $$ >' + group.folders[0] + '/cgroup.procs; ' + script]);
  const mine = await confirmGroup(process.pid, group).then(() => 'confirmed', (error) => error.details.join());
  const hog = inside('exec perl -e \'my @all; push @all, "x" x 1048576 for 1 .. 128; print "all"\'');
  const many = inside('for n in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 1 & done; wait');
  const member = spawnSync('sh', ['-c', 'echo $$ >' + group.folders[0] + '/cgroup.procs; exec ' + process.execPath + ' -e 0']);
  await removeGroup('in-a-machine');
  console.log(JSON.stringify({ version, whyNot: whyNot ?? '', mine, hog: hog.signal, said: hog.stdout.toString(),
    forks: /fork/i.test(many.stderr.toString()), member: member.status, left: existsSync(group.folders[0]) }));
`;

test('version 2 holds what is in it, and is confirmed and removed', async () => {
  const made = await build({
    stdin: { contents: IN_A_MACHINE, resolveDir: 'src/drivers/microvm/group', loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    write: false,
    minify: true,
  });
  const program = made.outputFiles[0]?.text ?? '';
  const said = await asRootOf(home, id, ['node', '--input-type=module', '-e', program]);
  const last: unknown = JSON.parse(said.trim().split('\n').at(-1) ?? '');
  expect({ said, last }).toMatchObject({
    last: {
      version: 'v2',
      whyNot: '',
      mine: 'the machine is not in the control group /sys/fs/cgroup/bot-bottle-in-a-machine',
      hog: 'SIGKILL',
      said: '',
      forks: true,
      member: 0,
      left: false,
    },
  });
}, 300_000);

test('who is beside a machine, as if broken out of it, has what is left of its sum and no more', async () => {
  const version = groupVersion();
  expect(version).toMatch(/^v[12]$/);
  const limits = sumOf({ memoryBytes: MEMORY_MIB * MIB });
  const { folders } = ownGroup(id, limits, version === 'v2' ? 'v2' : 'v1');
  const members = (
    await run(
      'cat',
      folders.map((folder) => `${folder}/cgroup.procs`),
    )
  ).stdout.split('\n');
  expect(members.filter((pid) => pid === String(vmmOf(id)))).toHaveLength(folders.length);
  expect(home.receipt(id).evidence['group']).toContain('together');
  const most = limits.memoryBytes / MIB + 256;
  expect(await takes(most, [])).toEqual({ how: 0, last: 'all' }); // the control: this host has it
  const held = await takes(most, folders);
  expect(held.how).toBe('SIGKILL');
  expect(Number(held.last)).toBeLessThan(limits.memoryBytes / MIB);
  // The kernel ends a machine first, so it has ended as well; and nothing of the group is left.
  await expect.poll(() => folders.filter((folder) => existsSync(folder)), { timeout: 30_000 }).toEqual([]);
});
