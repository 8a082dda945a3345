import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Resource } from '../../../src/drivers/driver.ts';
import { sumOf } from '../../../src/drivers/microvm/limits.ts';
import { run, spawnProgram } from '../../../src/host/run.ts';
import { makeHome, type Home } from '../../support/home.ts';
import { asRootOf, startWaiting, vmmOf } from '../../support/hosts/machines.ts';

/**
 * The control group that root makes for the processes around a machine: of version 1 or 2 on this host, of version 2 in
 * a machine.
 */

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

/** Joins these groups, then allocates and keeps the given number of MiB, and prints its progress. */
const GREEDY = `
  use strict; use warnings; $| = 1;
  my $mib = shift @ARGV;
  for my $folder (@ARGV) { open my $f, '>', "$folder/cgroup.procs" or die "$folder: $!\\n"; syswrite $f, "$$\\n" or die "$folder: $!\\n" }
  my @taken;
  for my $n (1 .. $mib) { push @taken, "x" x 1048576; print "$n\\n" if $n % 64 == 0 }
  print "all\\n";
`;

/** Returns the exit code or signal, and the last line of output. */
async function takes(mib: number, folders: readonly string[]): Promise<{ how: unknown; last: string }> {
  const child = spawnProgram('perl', ['-e', GREEDY, String(mib), ...folders], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { how: signal ?? code, last: said.trim().split('\n').at(-1) ?? '' };
}

/**
 * The same code as root in a machine whose kernel has version 2: from the root group, and from groups with their own
 * limits.
 */
const IN_A_MACHINE = String.raw`
  import { execFileSync, spawnSync } from 'node:child_process';
  import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
  import { confirmGroup, findGroupPlace, makeGroup, removeGroup } from './make.ts';
  import { ownGroup } from './plan.ts';
  const MIB = 1024 ** 2;
  execFileSync('/run/bot-bottle/busybox', ['mount', '-t', 'cgroup2', 'none', '/sys/fs/cgroup']);
  writeFileSync('/sys/fs/cgroup/cgroup.subtree_control', '+memory +pids +cpu');
  const enter = (name, files) => {
    mkdirSync('/sys/fs/cgroup/' + name);
    for (const [file, text] of Object.entries(files)) writeFileSync('/sys/fs/cgroup/' + name + '/' + file, text);
    writeFileSync('/sys/fs/cgroup/' + name + '/cgroup.procs', String(process.pid));
  };
  const made = (place) => ownGroup('in-a-machine', { memoryBytes: 64 * MIB, pids: 8 }, place);
  const rootPlace = findGroupPlace();
  enter('bounded', { 'memory.max': String(256 * MIB), 'pids.max': '7' });
  const boundedPlace = findGroupPlace();
  enter('shares', { 'cpu.max': '50000 100000' });
  const sharesPlace = findGroupPlace();
  const group = made(boundedPlace);
  const whyNot = await makeGroup(group);
  const again = await makeGroup(group);
  const [{ path }] = group.folders;
  const inside = (script) => spawnSync('sh', ['-c', 'echo $$ >' + path + '/cgroup.procs; ' + script]);
  const mine = await confirmGroup(process.pid, group).then(() => 'confirmed', (error) => error.details.join());
  const hog = inside('exec perl -e \'my @all; push @all, "x" x 1048576 for 1 .. 128; print "all"\'');
  const many = inside('for n in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 1 & done; wait');
  const values = group.files.map(({ value }) => value);
  await removeGroup(path);
  console.log(JSON.stringify({ root: made(rootPlace).folders[0].path, path, values, shares: sharesPlace.whyNot,
    whyNot: whyNot ?? '', again: again ?? '', mine, hog: hog.signal, said: hog.stdout.toString(),
    forks: /fork/i.test(many.stderr.toString()), left: existsSync(path) }));
`;

test("a version 2 control group bounds a machine, no looser than the launcher's bounds", async () => {
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
  const path = '/sys/fs/cgroup/bot-bottle-in-a-machine';
  expect(said.trim().split('\n')).toEqual([
    JSON.stringify({
      root: path,
      path,
      values: [64 * MIB, 0, 7],
      shares: 'one would not be held to what holds this program: /sys/fs/cgroup/shares/cpu.max',
      whyNot: '',
      again: '',
      mine: `the machine is not in the control group ${path}`,
      hog: 'SIGKILL',
      said: '',
      forks: true,
      left: false,
    }),
  ]);
}, 300_000);

/** Returns the groups' folders from the record. */
const foldersOf = (resources: readonly Resource[]): readonly string[] =>
  resources.flatMap((resource) => (resource.kind === 'group' ? [resource.hostPath] : []));

test("a process outside the machine but in its group gets only the rest of the group's sum", async () => {
  const limits = sumOf({ memoryBytes: MEMORY_MIB * MIB });
  const folders = foldersOf(home.record(id).resources);
  expect(folders).not.toEqual([]);
  const members = (
    await run(
      'cat',
      folders.map((folder) => `${folder}/cgroup.procs`),
    )
  ).stdout.split('\n');
  expect(members.filter((pid) => pid === String(vmmOf(id)))).toHaveLength(folders.length);
  expect(home.receipt(id).evidence['group']).toContain('together');
  const most = limits.memoryBytes / MIB + 256;
  expect(await takes(most, [])).toEqual({ how: 0, last: 'all' }); // control: this host has that much memory
  const held = await takes(most, folders);
  expect(held.how).toBe('SIGKILL');
  expect(Number(held.last)).toBeLessThan(limits.memoryBytes / MIB);
  // The kernel kills the machine first, so the machine has ended as well, and nothing of the group is left.
  await expect.poll(() => folders.filter((folder) => existsSync(folder)), { timeout: 30_000 }).toEqual([]);
});
