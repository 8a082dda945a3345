import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeHome, type Home } from '../../support/home.ts';
import { outcomeOf, type Outcome } from '../../support/outcome.ts';

/** An agent fills the disk of the host. The disk is a tmpfs in a mount namespace of the test. */

let home: Home;
let project: string;
let disk: string;
beforeAll(() => {
  home = makeHome();
  project = home.project('project', { 'README.md': 'A project.\n' });
  disk = join(home.dir, 'disk');
  mkdirSync(disk);
});
afterAll(async () => await home.remove());

const bottle = (more: object = {}): string =>
  home.manifest({
    bottles: { box: { runtime: 'bubblewrap', resources: { disk: '16m' }, ...more } },
    agents: { worker: { bottle: 'box', agent: 'shell' } },
  });

/**
 * Runs a script on that disk. The script can use `$DISK`, `bb VERB...`, `agent SCRIPT` (starts an agent), `fill` and
 * `only_id`.
 */
async function onDisk(script: string, manifest: string, sizeMib = 256): Promise<Outcome> {
  const cli = `${process.execPath} ${join(home.dir, 'package', 'dist', 'cli.cjs')}`;
  const prelude = `
    mount -t tmpfs -o size=${sizeMib}m none "$DISK" && mkdir "$DISK/state" "$DISK/mounted" || exit 99
    chmod 777 "$DISK/mounted"
    bb() { ${cli} "$@"; }
    agent() { bb start worker "$PROJECT" --manifest ${manifest} --yes -- sh -c "$1"; }
    only_id() { bb ls --json | sed -n 's/.*"id": "\\(.*\\)",/\\1/p'; }
    fill() { cat /dev/zero >"$DISK/filler$1" 2>/dev/null; true; }
    free() { df --output=avail -k "$DISK" | tail -1; }
  `;
  const child = spawn('unshare', ['--mount', 'sh', '-c', `${prelude}${script}`], {
    cwd: home.dir,
    env: { ...home.env, DISK: disk, PROJECT: project, XDG_STATE_HOME: join(disk, 'state') },
    stdio: 'pipe',
  });
  return await outcomeOf(child);
}

test.each([
  ['many empty files', 'seq 9000 | xargs touch; sleep 1; seq 10000 99999 | xargs touch', {}],
  ['data in a project that is mounted', 'cat /dev/zero >big', { workspace: 'mount' }],
  ['a file that is deleted and still open', 'exec 3>big; rm big; cat /dev/zero >&3', {}],
  ['room that is allocated for a deleted file', 'exec 3>big; rm big; fallocate -l 40M /proc/self/fd/3', {}],
])('an agent whose workspace grows beyond resources.disk is ended: %s', async (_, attack, more) => {
  const script = `
    ${'workspace' in more ? 'PROJECT=$DISK/mounted' : ''}
    agent '${attack}; echo filled; sleep 60'; echo "code $?"
    free | awk '{ exit !($1 > 65536) }' && echo 'room is left'
    bb ls`;
  const { stdout, stderr } = await onDisk(script, bottle(more), 512);
  expect(stderr).toMatch(/was ended: its workspace has .*resources\.disk allows/);
  expect(stdout).toMatch(/code (137|143)[^]*room is left[^]*stopped/);
});

test('an agent within resources.disk works, with sparse files and a large project', async () => {
  const script = `
    head -c 40000000 /dev/zero >"$PROJECT/large"
    agent 'truncate -s 10G holes && head -c 8000000 /dev/zero >some && sleep 1 && cp some more && rm more && exec 3>held && rm held &&
      head -c 4000000 /dev/zero >&3 && sleep 1 && echo done'
    echo "code $?"; rm "$PROJECT/large"`;
  const { stdout, stderr } = await onDisk(script, bottle());
  expect(stdout).toContain('done\ncode 0');
  expect(stderr).not.toContain('was ended');
});

test('a disk reserve survives files in a folder that is closed to its owner', async () => {
  const attack = 'mkdir d; exec 3>d/big; chmod 0 d; cat /dev/zero >&3';
  const script = `agent '${attack}; sleep 60'; echo "code $?"; bb ls`;
  const { stdout, stderr } = await onDisk(script, bottle());
  expect(stderr).toMatch(/was ended: (the disk of its workspace has only|its workspace has grown)/);
  expect(stdout).toMatch(/code (137|143)[^]*stopped/);
});

/** A bottle whose launcher was killed, on a disk without a free byte. */
const LEFT = `
  agent 'echo work >work.txt; head -c 1000000 /dev/zero >big; touch ready; sleep 60' & 
  until [ -e "$DISK"/state/bot-bottle/bottles/*/work/ready ]; do sleep 0.1; done
  kill -KILL $(bb ls --json >"$DISK/ls"; sed -n 's/.*"pid": \\([0-9]*\\).*/\\1/p' "$DISK"/state/bot-bottle/bottles/*/record.json)
  wait; ID=$(only_id); rm "$DISK/ls"; fill 1; free | grep -qx ' *0' && echo full;`;

test.each([
  ['stop', 'bb stop "$ID"', /stopped/],
  ['gc', 'bb gc', /failed +/],
  [
    'rm --force without a reserve',
    'rm "$DISK/state/bot-bottle/reserve"; fill 2; bb rm --force "$ID"',
    /^full\ncode 0\n$/,
  ],
])('%s works on a full disk', async (_, verb, after) => {
  const { stdout, stderr } = await onDisk(`${LEFT} ${verb}; echo "code $?"; bb ls`, bottle());
  expect(stderr).not.toContain('ENOSPC');
  expect(stdout).toMatch(/full[^]*code 0/);
  expect(stdout).toMatch(after);
});
