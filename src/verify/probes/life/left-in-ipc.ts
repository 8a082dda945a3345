import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { carryFound, DEADLINE_MS, PERL_OPTIONS, whyNotFound } from '../../guest/left.ts';
import { guestProgram, NOT_MADE } from '../../guest/wire.ts';
import type { Probe } from '../probe.ts';

/**
 * Messages and shared memory between processes, which no folder or process contains: the next process that uses the
 * same key gets them.
 */

/** Returns the key of queues and segments, a number of 31 bits. */
const keyOf = (nonce: string): string => String(Number.parseInt(nonce.slice(-7), 16));

const byPerl = async (...args: readonly string[]): Promise<string> =>
  (await promisify(execFile)('perl', [guestProgram('ipc.pl'), ...args], PERL_OPTIONS)).stdout;

/** Leaves words. @throws Error `NOT_MADE` when that fails: nobody finds words that were not left */
const leaveWords = async (nonce: string): Promise<unknown> =>
  await byPerl('leave', keyOf(nonce), nonce).catch((cause: unknown) => {
    throw new Error(NOT_MADE, { cause });
  });

/** Returns the words found, and removes them. @throws Error when there are none; `NOT_MADE` when the search failed */
async function find(nonce: string): Promise<readonly string[]> {
  const found = await byPerl('find', keyOf(nonce)).catch((error: unknown) => {
    throw whyNotFound(error);
  });
  return found.trim().split('\n');
}

export const IPC: readonly Probe[] = [
  {
    family: 'life',
    id: 'life-ipc',
    when: 'inTwoParts',
    claim: 'No message and no shared memory of a bottle is in the next one, under the same key.',
    attack: 'leave messages and shared memory to the next bottle',
    oracle: { kind: 'end', sees: 'heard' },
    control: 'canary',
    breach: 'speaks to the next agent, and to programs of the host',
    source: 'sysvipc(7), ipc_namespaces(7): they stay when whoever made them has ended',
    run: {
      deadlineMs: DEADLINE_MS,
      // The first bottle leaves it; the next one searches for it.
      attack: async (t, nonce) => {
        if (!t.isNext) return void (await leaveWords(nonce));
        await carryFound(t, await find(nonce));
      },
      control: async (t, nonce) => {
        await leaveWords(nonce);
        await carryFound(t, await find(nonce));
      },
    },
  },
];
