import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { all, carryHome, guestProgram } from '../guest/wire.ts';
import type { Probe } from './probe.ts';

/** Words between processes that lie in no folder and in none of them: whoever comes next under the same key has them. */

/** Queues and segments go by a number of 31 bits. */
const keyOf = (nonce: string): string => String(Number.parseInt(nonce.slice(-7), 16));

const byPerl = async (...args: readonly string[]): Promise<string> =>
  (await promisify(execFile)('perl', [guestProgram('ipc.pl'), ...args])).stdout;

const leave = async (nonce: string): Promise<unknown> => await byPerl('leave', keyOf(nonce), nonce);

/** Each word that was there, which is there no more. @throws Error where there was none */
async function find(nonce: string): Promise<readonly string[]> {
  const found = await byPerl('find', keyOf(nonce)).catch(() => {
    throw new Error('nothing was there');
  });
  return found.trim().split('\n');
}

export const IPC: readonly Probe[] = [
  {
    family: 'life',
    id: 'life-ipc',
    claim: 'No message and no shared memory of a bottle is in the next one, under the same key.',
    attack: 'leave messages and shared memory to the next bottle',
    oracle: { kind: 'end', sees: 'heard' },
    control: 'canary',
    breach: 'speaks to the next agent, and to programs of the host',
    source: 'sysvipc(7), ipc_namespaces(7): they stay when whoever made them has ended',
    run: {
      // In the first bottle it is left, in the next one looked for.
      attack: async (t, nonce) => {
        if (!t.isNext) return void (await leave(nonce));
        await all((await find(nonce)).map((word) => carryHome(t, word)));
      },
      control: async (t, nonce) => {
        await leave(nonce);
        await all((await find(nonce)).map((word) => carryHome(t, word)));
      },
    },
  },
];
