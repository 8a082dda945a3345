import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { BOTTLE_ID_VARIABLE, findProcessesOf } from './processes.ts';
import { agentOwner, isRoot, OPENER_ID_UNDER_ROOT, ownOwner } from './user.ts';

const ID = `test-${process.pid}-processes`;
const NOBODY = 65_534;

let child: ChildProcess | undefined;
afterEach(async () => {
  const ended = child === undefined ? undefined : once(child, 'exit');
  child?.kill('SIGKILL');
  await ended;
});

async function carryMarker(uid: number | undefined): Promise<number | undefined> {
  const env = { PATH: process.env['PATH'] ?? '', [BOTTLE_ID_VARIABLE]: ID };
  const owner = uid === undefined ? {} : { uid };
  child = spawn('sh', ['-c', 'echo; read _'], { ...owner, env, stdio: ['pipe', 'pipe', 'ignore'] });
  if (child.stdout !== null) await once(child.stdout, 'data');
  return child.pid;
}

test.each([undefined, agentOwner().uid, ownOwner(ID).uid, ...(isRoot() ? [OPENER_ID_UNDER_ROOT] : [])])(
  "a bottle's process that runs as %s is found",
  async (uid) => {
    const pid = await carryMarker(uid);
    expect(findProcessesOf(ID).map((found) => found.pid)).toEqual([pid]);
  },
);

// Only root can create a process of another user.
test.each(isRoot() ? [NOBODY] : [])('a process that another user, %i, marks is not found', async (uid) => {
  await carryMarker(uid);
  expect(findProcessesOf(ID)).toEqual([]);
});
