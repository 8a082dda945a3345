import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Actions } from '../actions.ts';
import type { Inspector } from '../finding.ts';
import { createInspector } from '../inspector.ts';
import { Memory } from '../memory.ts';

/**
 * Tests which refusals count as guesses, and which of an honest bottle do not. The guesses of an attack:
 * screen/guessing.test.ts.
 */

const LIMIT = 8;
const VALUE =
  'q7HX4nzK2vbW6ymD3tpA5rgC7fsJ2ueO4ilw6XQN3kzb5hVT7mdY2aprc4gfJ6soeU3wil5Nqx7bKz2thv4DMY6rpa3cgF5jsOe7ulw';
const SHORT = 'k4Rz9wTq2Lm7Xc5Vb8Nh3Jd6';

interface Watched {
  readonly by: Inspector;
  readonly memory: Memory;
  readonly told: readonly string[];
}

function watched(kind: 'secret' | 'canary' = 'secret'): Watched {
  const memory = new Memory();
  const told: string[] = [];
  memory.guesses.onOver((name) => told.push(name));
  const secrets = [VALUE, SHORT].map((value) => ({ name: `.env: ${value.length}`, value, kind }));
  return { by: createInspector({ secrets, rules: [], memory }), memory, told };
}

function send(
  { by }: Watched,
  pieces: readonly (string | Buffer)[],
  action: Actions = 'block',
): readonly string[] {
  const body = by.body({ host: 'h.example', where: 'body', action });
  const passed = [...pieces.map((piece) => body.push(Buffer.from(piece))), body.end()];
  return passed.map(({ release, blocked }) => (blocked ? 'blocked' : Buffer.from(release).toString()));
}

/** Right guesses, each one character further. */
const STEPS = Array.from({ length: LIMIT }, (_, step) => VALUE.slice(step, step + 48));

test('guessing ends after a limited number of steps, and names the secret once', () => {
  const bottle = watched();
  for (const step of STEPS.slice(1)) send(bottle, [step]);
  expect(bottle.memory.guesses.isOver).toBe(false);
  send(bottle, [STEPS[0]!]);
  send(bottle, [VALUE.slice(40)]);
  expect(bottle.memory.guesses.isOver).toBe(true);
  expect(bottle.told).toEqual([`.env: ${VALUE.length}`]);
});

test('the same refusal a thousand times is one step', () => {
  const bottle = watched();
  for (let turn = 0; turn < 1_000; turn += 1) send(bottle, [`turn ${turn}: ${VALUE.slice(10, 80)}`]);
  for (const step of STEPS.slice(0, LIMIT - 2)) send(bottle, [step]);
  expect(bottle.memory.guesses.isOver).toBe(false);
});

test.each<[string, (text: string) => string]>([
  ['as it is', (text) => text],
  ['base64', (text) => Buffer.from(text).toString('base64')],
  ['hex', (text) => Buffer.from(text).toString('hex')],
  ['percent', (text) => Buffer.from(text).toString('hex').replace(/../g, '%$&')],
])('after a secret was sent whole, %s, further parts are no guesses', (_, disguise) => {
  const bottle = watched();
  expect(send(bottle, [disguise(`before ${VALUE} behind`)])).toContain('blocked');
  for (const step of [...STEPS, ...STEPS.map((one) => disguise(one))]) send(bottle, [step]);
  expect(bottle.memory.guesses.isOver).toBe(false);
});

test('a file printed in pieces many times is one step per piece', () => {
  const bottle = watched();
  const pieces = [VALUE.slice(0, 50), VALUE.slice(52), VALUE.slice(0, 70), VALUE.slice(30, 90)];
  for (let turn = 0; turn < 50; turn += 1) for (const piece of pieces) send(bottle, [`${turn} ${piece}`]);
  expect(bottle.memory.guesses.isOver).toBe(false);
});

test('a secret that chunks of a body cut in different places is no guess', () => {
  const bottle = watched();
  const text = `${'{"role":"user"}, '.repeat(30)}${VALUE} and more`;
  for (let turn = 0; turn < 1_000; turn += 1) {
    const at = ((turn + 1) * 7_919) % text.length;
    expect(send(bottle, [text.slice(0, at), text.slice(at)], 'redact').join('')).not.toContain(VALUE);
    expect(send(bottle, [text.slice(0, at), text.slice(at)])).toContain('blocked');
  }
  expect(bottle.memory.guesses.isOver).toBe(false);
});

test('steps count separately for each secret', () => {
  const bottle = watched();
  for (const step of STEPS.slice(0, LIMIT - 1)) send(bottle, [step]);
  send(bottle, [SHORT]);
  expect(bottle.memory.guesses.isOver).toBe(false);
});

test.each<[string, 'secret' | 'canary', Actions]>([
  ['a part that only causes a warning', 'secret', 'warn'],
  ['a canary', 'canary', 'block'],
  [
    'a secret that only causes a warning, beside a refused canary',
    'secret',
    { secret: 'warn', canary: 'block', pattern: 'block', undecodable: 'refuse' },
  ],
])('%s counts as no step', (_, kind, action) => {
  const bottle = watched(kind);
  for (const step of STEPS) {
    send(bottle, [step], action);
    const head = { host: 'h.example', path: `/${step}`, headers: [] };
    bottle.by.note(bottle.by.head(head), action);
  }
  expect(bottle.memory.guesses.isOver).toBe(false);
});

test('redactions count: one body in many pieces reveals no more to a host', () => {
  const bottle = watched();
  const sent = send(
    bottle,
    STEPS.map((step) => `[${step}] `),
    'redact',
  );
  expect(sent.slice(0, LIMIT - 1).every((one) => one.includes('*'))).toBe(true);
  expect(sent.slice(LIMIT - 1)).toEqual(['blocked', 'blocked']);
});

test('bodies that began before guessing ended are blocked too, right or wrong', () => {
  const bottle = watched();
  const facts = { host: 'h.example', where: 'body', action: 'block' } as const;
  const [right, wrong, ending] = [bottle.by.body(facts), bottle.by.body(facts), bottle.by.body(facts)];
  for (const body of [right, wrong, ending]) body.push(Buffer.from('begun '));
  for (const step of STEPS) send(bottle, [step]);
  const refused = { blocked: true, findings: [], release: new Uint8Array(0) };
  expect(right.push(Buffer.from(VALUE.slice(20, 80)))).toEqual(refused);
  expect(wrong.push(Buffer.from('x'))).toEqual(refused);
  expect([ending.flush().blocked, ending.end().blocked]).toEqual([true, true]);
});

test('one step in several codings is one step', () => {
  const bottle = watched();
  for (const step of STEPS.slice(1)) send(bottle, [Buffer.from(`x ${step} x`).toString('base64'), ' ', step]);
  expect(bottle.memory.guesses.isOver).toBe(false);
});

describe('long values with other spellings', () => {
  const LONG = randomBytes(1_275).toString('base64');
  const longWatched = (): Watched => {
    const memory = new Memory();
    const secrets = [{ name: 'key.p12', value: LONG, kind: 'secret' as const }];
    return { by: createInspector({ secrets, rules: [], memory }), memory, told: [] };
  };
  const WRAPPED = LONG.replace(/.{76}/g, '$&\n');

  test('count as one refusal when printed in lines, and as one per piece of a file', () => {
    const bottle = longWatched();
    expect(send(bottle, [WRAPPED])).toContain('blocked');
    for (const piece of [LONG.slice(0, 400), LONG.slice(400, 800), LONG.slice(800, 1_200)])
      send(bottle, [`it says ${piece} there`]);
    expect(bottle.memory.guesses.isOver).toBe(false);
  });

  test('allow as many guesses as other values', () => {
    const bottle = longWatched();
    for (let step = 0; step < LIMIT - 1; step += 1) send(bottle, [LONG.slice(step, step + 48)]);
    expect(bottle.memory.guesses.isOver).toBe(false);
    send(bottle, [LONG.slice(LIMIT, LIMIT + 48)]);
    expect(bottle.memory.guesses.isOver).toBe(true);
  });
});
