import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runInside } from '../../../src/drivers/sandbox/life.ts';
import { eachInTurn, together } from '../../../src/host/together.ts';
import { run } from '../../../src/host/run.ts';
import { makeHome, type Home } from '../../support/home.ts';
import { asRootOf, startWaiting, vmmOf, watchEnd } from '../../support/hosts/machines.ts';
import { watchBottles, type Watch } from '../../support/watch.ts';

/** Ten machines at once, one with a root user that does not let it end: they start and end, and leave nothing. */

const COUNT = 10;
/** Two processors emulate the machines: more at a time are no faster, and delay each one. */
const STARTED_AT_ONCE = 2;
const NAMES = Array.from({ length: COUNT }, (_, index) => `worker-${index}`);
let home: Home;
let watch: Watch;
let ids: readonly string[];
let ends: readonly (() => Promise<string>)[];

beforeAll(async () => {
  home = makeHome();
  watch = watchBottles(home.bottlesDir);
  const project = home.project('project', { 'README.md': 'A project.\n' });
  const resources = { cpus: 1, memory: '160m', pids: 64, disk: '64m' };
  const manifest = home.manifest({
    bottles: { box: { resources } },
    agents: Object.fromEntries(NAMES.map((name) => [name, { bottle: 'box', agent: 'shell' }])),
  });
  ids = await eachInTurn(NAMES, STARTED_AT_ONCE, async (name) => {
    const args = [name, project, '--manifest', manifest, '--yes', '--runtime', 'qemu'];
    return await startWaiting(home, args, `echo ${name} >made; echo ready; cat`);
  });
}, 400_000);

afterAll(async () => {
  watch[Symbol.dispose]();
  await home.remove();
}, 120_000);

test('several machines run at once, each with its own state', async () => {
  for (const id of ids) watch.look(id);
  expect(new Set(ids.map(vmmOf)).size).toBe(COUNT);
  const said = await eachInTurn(
    ids,
    STARTED_AT_ONCE,
    async (id) => await home.run(['exec', id, '--', 'cat', 'made']),
  );
  expect(said.map(({ stdout }) => stdout)).toEqual(NAMES.map((name) => `${name}\n`));
});

test("the diff shows a machine's work while it runs, and again after more work", async () => {
  const [id = ''] = ids;
  for (const word of ['first', 'second']) {
    await home.run(['exec', id, '--', 'sh', '-c', `echo ${word} >${word}`]);
    expect((await home.run(['diff', id])).stdout).toContain(`+++ b/${word}\n`);
  }
  // The requested output does not stay in the folder that the machine's sandbox can write.
  expect(readdirSync(join(home.bottlesDir, id, 'run', 'machine', 'out'))).toEqual([]);
});

test("no other process can ask for the end's turn, or for a file by another name", async () => {
  const { spec } = home.record(ids[1] ?? '');
  const nowhere = new PassThrough().resume();
  const io = { tty: false, stdin: undefined, stdout: nowhere, stderr: nowhere, size: undefined };
  for (const turn of ['end', '../../tmp/0123456789abcdef', '0123456789abcdef\n']) {
    const request = { kind: 'bring-out', argv: ['bring-out', turn], env: {}, cwd: '/' } as const;
    expect(await (await runInside(spec, request, io)).exitCode).toBe(126);
  }
});

/** The machine asks Busybox to sync and to reboot; this replacement does neither. */
const NEVER = `cd /run/bot-bottle && mv busybox busybox-itself && printf '%s\\n' '#!/run/bot-bottle/busybox-itself sh' \
  'real=/run/bot-bottle/busybox-itself; case "$\{0##*/} $1" in sh*) exec $real sh "$@"; esac' \
  'case "$1" in sync|reboot) exec $real sleep 1000; esac; exec $real "$@"' >busybox && chmod 755 busybox`;

test('a machine asked to stop ends after its work is out, and is ended if it does not', async () => {
  const hostile = ids.at(-1) ?? '';
  await asRootOf(home, hostile, ['sh', '-c', NEVER]);
  expect(await asRootOf(home, hostile, ['/run/bot-bottle/busybox', 'echo', 'goes on'])).toBe('goes on\n');
  ends = await together(ids.map(async (id) => await watchEnd(vmmOf(id))));
  const stopped = ids.map(async (id) => await home.run(['stop', id], { timeoutMs: 200_000 }));
  expect((await together(stopped)).map(({ code }) => code)).toEqual(ids.map(() => 0));
  const how = await together(ends.map(async (end) => await end()));
  expect(how).toEqual(ids.map((id) => (id === hostile ? 'signal 9' : 'exited 0')));
});

test('all work is there, and no process, namespace, interface, socket, disk or folder is left', async () => {
  expect(await watch.remains()).toEqual([]);
  const [diffs, sockets] = await Promise.all([
    eachInTurn(ids, STARTED_AT_ONCE, async (id) => await home.run(['diff', id])),
    Promise.resolve(readFileSync('/proc/net/unix', 'utf8')),
  ]);
  expect(diffs.map(({ stdout }, index) => stdout.includes(`+worker-${index}\n`))).toEqual(
    ids.map(() => true),
  );
  expect(ids.filter((id) => sockets.includes(id))).toEqual([]);
  expect(ids.filter((id) => existsSync(join(home.bottlesDir, id, 'run')))).toEqual([]);
  const { stdout } = await run('find', [home.bottlesDir, '-size', '+1M']);
  expect(stdout).toBe('');
});
