import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { endWithChildren } from '../../../src/host/process/end-with-children.ts';
import { BOTTLE_ID_VARIABLE, findProcessesOf } from '../../../src/host/processes.ts';
import { spawnProgram } from '../../../src/host/run.ts';

const TIMES = 100;
/** Time in milliseconds in which bubblewrap makes the sandbox. */
const MOST_MS = 10;
const ID = `test-${process.pid}-early`;
/** The sandbox's pid 1 is bubblewrap's own process, which keeps the marker. */
const ARGS = ['--unshare-all', '--new-session', '--die-with-parent', '--ro-bind', '/', '/', 'sleep', '20'];

// When bubblewrap alone was killed, one of twenty left its first process behind for ever.
test('a bubblewrap that is killed as it begins leaves nothing, and delays nobody', async () => {
  for (let time = 0; time < TIMES; time += 1) {
    const env = { [BOTTLE_ID_VARIABLE]: ID };
    const bubblewrap = spawnProgram('bwrap', ARGS, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const closed = once(bubblewrap, 'close');
    await sleep((time / TIMES) * MOST_MS);
    await endWithChildren(bubblewrap);
    await closed;
  }
  await expect.poll(() => findProcessesOf(ID)).toEqual([]);
});
