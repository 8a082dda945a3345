import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GATEWAY, World, type TestGateway } from './support/world.ts';

/**
 * The end of an unfinished body waits if a secret may begin in it, and the agent's accomplice can observe that. The
 * gateway stops such guessing soon.
 */

const LIMIT = 8;
/** The letters that many guesses at once can reveal; the accomplice gets them here. */
const AT_ONCE = 3;
const LETTERS = Array.from('0123456789abcdef');
/** No letter occurs twice: if the beginning occurs again, wrong guesses wait as well, and reveal nothing. */
const VALUE = shuffled(LETTERS).join('');

function shuffled(letters: readonly string[]): string[] {
  const rest = [...letters];
  return letters.flatMap(() => rest.splice(randomInt(rest.length), 1));
}

/** Sends each of its arguments as the beginning of a body, and keeps the connections open. */
const CLIENT = `for (const text of process.argv.slice(1)) {
  const socket = require('net').connect(3128, '${GATEWAY}').on('error', () => undefined).resume();
  const head = 'POST http://other.test/tells HTTP/1.1\\r\\nHost: other.test\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n';
  socket.write(head + text.length.toString(16) + '\\r\\n' + text + '\\r\\n');
}`;

let world: World;
let gateway: TestGateway;

beforeAll(async () => {
  world = await World.open();
  const rule = { port: 80, scheme: 'http' } as const;
  const allow = [{ ...rule, id: 'looked at', host: 'other.test', dlp: 'block' as const }];
  gateway = await world.startGateway([], {
    config: { policy: { allow, deny: [] } },
    secrets: { inject: {}, protect: [{ name: '.env: KEY', value: VALUE, kind: 'secret' }] },
  });
});

afterAll(async () => {
  await gateway?.stop();
  await world?.close();
});

/** Closed: a request was refused, or one that had been let out before was broken off. */
const isClosed = (): boolean =>
  gateway.log.some(
    ({ rule, reason }) => rule === 'gateway.guessing' || /guesses a secret piece by piece/.test(reason ?? ''),
  );

/**
 * Returns the next letter after the known part: the one guess that does not arrive. Undefined: it can no longer be
 * determined.
 */
async function next(known: string): Promise<string | undefined> {
  const from = world.heard.length;
  const client = gateway.spawnInBottle([
    'node',
    '-e',
    CLIENT,
    ...LETTERS.map((letter) => `it is ${known}${letter}`),
  ]);
  const missing = (): readonly string[] => {
    const came = new Set(world.heard.slice(from).map(({ text }) => text));
    return LETTERS.filter((letter) => !came.has(`it is ${known}${letter}`));
  };
  await expect.poll(() => isClosed() || missing().length === 1, { timeout: 20_000 }).toBe(true);
  client.kill();
  return isClosed() ? undefined : missing()[0];
}

test('an accomplice who learns a few characters by timing is cut off', async () => {
  let known = VALUE.slice(0, AT_ONCE);
  for (let letter = await next(known); letter !== undefined; letter = await next(known)) known += letter;
  expect(VALUE.startsWith(known)).toBe(true);
  // Control: guessing reveals letters at first.
  expect(known.length).toBe(AT_ONCE + LIMIT - 1);
  const from = world.heard.length;
  const after = await gateway.curl('--proxy', `http://${GATEWAY}:3128`, '--data', 'x', 'http://other.test/');
  // Requests that were already on their way may arrive late.
  const requests = (await world.heardSince(from)).filter(({ kind }) => kind === 'request');
  expect([after.status, requests]).toEqual([403, []]);
  expect(after.body).toContain('gateway.guessing');
}, 120_000);
