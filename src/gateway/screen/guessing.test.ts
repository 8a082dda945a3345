import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, expect, test } from 'vitest';
import { AuditLog } from '../audit/log.ts';
import { Budget } from '../budget/budget.ts';
import { createGate, type Gate } from '../gate/gate.ts';
import { guessed } from '../gate/gate-refusals.ts';
import type { RawHeaders } from '../message/headers.ts';
import { createLivePolicy } from '../gate/live-policy.ts';
import { inspectingNames } from '../gate/inspect-host.ts';
import { createLiveScreen, type LiveScreen } from './live.ts';
import { admit } from './judge.ts';
import { ASKED } from './screening.testing.ts';

/**
 * Refusals reveal something: an agent that knows part of a secret can try how it continues. Such guesses end, and
 * honest traffic does not.
 */

const LIMIT = 8;
/** Lower case only, like host names. */
const VALUE =
  'q7hx4nzk2vbw6ymd3tpa5rgc7fsj2ueo4ilw6xqn3kzb5hvt7mdy2aprc4gfj6soeu3wil5nqx7bkz2thv4dmy6rpa3cgf5jsoe7ulwi2';
const SHORT = 'k4Rz9wTq2Lm7Xc5Vb8Nh3Jd6Gs1Fp0YaQeUiOoPl';

interface Sent {
  readonly host?: string;
  readonly path?: string;
  readonly headers?: RawHeaders;
  readonly body?: string;
}

interface Bottle {
  readonly screen: LiveScreen;
  readonly gate: Gate;
  readonly log: () => string;
  /** Returns the rule that refused; undefined: it may leave. */
  readonly ask: (sent: Sent) => Promise<string | undefined>;
}

const dirs: string[] = [];
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true });
});

function bottle(value: string, lent = 'lent-Vq8mZ2xKp4Rt7Lw9'): Bottle {
  const inject = { key: { value: lent, placeholder: 'held-Kd8Wn3Yq6Xs1Zt5V' } };
  const protect = [{ name: '.env: KEY', value, kind: 'secret' as const }];
  const screen = createLiveScreen({ secrets: { inject, protect }, rules: [], basicUsers: [] });
  const rule = {
    id: 'allow[0]',
    host: '*.test',
    port: 443,
    scheme: 'https',
    opensTls: true,
    dlp: 'block',
  } as const;
  const policy = createLivePolicy({ allow: [rule], deny: [] });
  screen.guesses.onOver((name) => policy.close(guessed(name)));
  const dir = mkdtempSync(join(tmpdir(), 'guessing-'));
  dirs.push(dir);
  const audit = new AuditLog({ path: join(dir, 'log'), bottleId: 'b' });
  const gate = createGate({
    config: {},
    policy,
    audit,
    lookup: async () => await Promise.resolve({ addresses: ['192.0.2.1'] }),
    budget: new Budget({}),
    inspectHost: inspectingNames(screen.inspector),
    inspectLogTexts: () => [],
    isOpen: () => true,
  });
  const ask = async ({
    host = 'a.test',
    path = '/',
    headers = [],
    body,
  }: Sent): Promise<string | undefined> => {
    const asked = { via: 'tls', host, port: 443, scheme: 'https', method: 'POST', path } as const;
    const judged = await gate.judge(asked);
    if (judged.verdict === 'deny') return judged.rule;
    const content = body === undefined ? undefined : Readable.from([Buffer.from(body, 'latin1')]);
    const inbound = {
      method: 'POST',
      path,
      headers,
      body: content,
      trailers: () => [],
      wantsTrailers: false,
    };
    const screened = await admit(inbound, judged, { gate, screen });
    if ('rule' in screened) return screened.rule;
    screened.passage.end({ bytes: 0, reason: 'closed' });
    return undefined;
  };
  return { screen, gate, ask, log: () => readFileSync(join(dir, 'log'), 'utf8') };
}

interface Attack {
  /** Returns requests that test whether the known part continues with one of these. */
  readonly guess: (known: string, candidates: readonly string[]) => readonly Sent[];
  /** Number of candidates to try at a time; the attack halves a refused group again and again. */
  readonly atOnce: number;
}

const all = (known: string, candidates: readonly string[]): string =>
  candidates.map((character) => known + character).join(' | ');

const LONG = 'nothing in it, '.repeat(20);

const ATTACKS: Readonly<Record<string, Attack>> = {
  'in bodies': { atOnce: 1, guess: (known, [next]) => [{ body: `${LONG} ${known}${next}` }] },
  'in bodies, by halves': { atOnce: 32, guess: (known, candidates) => [{ body: all(known, candidates) }] },
  'in bodies, as base64': {
    atOnce: 32,
    guess: (known, candidates) => [{ body: Buffer.from(all(known, candidates)).toString('base64') }],
  },
  'in headers': { atOnce: 1, guess: (known, [next]) => [{ headers: ['x-note', `${LONG} ${known}${next}`] }] },
  'in URLs': { atOnce: 32, guess: (known, candidates) => [{ path: `/?q=${all(known, candidates)}` }] },
  'in names of hosts': { atOnce: 1, guess: (known, [next]) => [{ host: `${known}${next}.test` }] },
};

/** Returns the refusal of the last request, which reveals the result. */
async function refusalOf(by: Bottle, sent: readonly Sent[]): Promise<string | undefined> {
  let refusal: string | undefined;
  for (const one of sent) refusal = await by.ask(one);
  return refusal;
}

/** Returns the right candidate; undefined if none was refused, or all are. */
async function found(
  by: Bottle,
  { attack, known }: { readonly attack: Attack; readonly known: string },
  candidates: readonly string[],
): Promise<string | undefined> {
  const size = Math.min(attack.atOnce, Math.ceil(candidates.length / 2));
  for (let start = 0; start < candidates.length; start += size) {
    const some = candidates.slice(start, start + size);
    const refusal = await refusalOf(by, attack.guess(known, some));
    if (refusal === 'gateway.guessing') return undefined;
    if (refusal !== undefined) return some.length === 1 ? some[0] : await found(by, { attack, known }, some);
  }
  return undefined;
}

/** Returns how many characters the attack finds out. */
async function learnt(by: Bottle, attack: Attack): Promise<number> {
  const value = VALUE;
  const window = 47;
  const candidates = [...new Set(value)].sort();
  for (let end = window; end < value.length; end += 1) {
    const next = await found(by, { attack, known: value.slice(end - window, end) }, candidates);
    if (next !== value[end]) return end - window;
  }
  return value.length - window;
}

test.each(Object.keys(ATTACKS))('the gateway detects guessing: %s', async (name) => {
  const attack = ATTACKS[name]!;
  const by = bottle(VALUE);
  // The last guess is right too, but its answer is the same as for every later request.
  expect(await learnt(by, attack)).toBe(LIMIT - 1);
  expect(await by.ask({ body: 'nothing' })).toBe('gateway.guessing');
  expect(by.log()).toMatch(/"rule":"gateway.guessing".*more and more of \.env: KEY, as when/);
});

test.each(['raw', 'base64', 'hex'] as const)(
  'the gateway allows an honest history with a thousand refusals: %s',
  async (how) => {
    const by = bottle(VALUE);
    const text = how === 'raw' ? VALUE : Buffer.from(`x ${VALUE} x`).toString(how);
    for (let turn = 0; turn < 1_000; turn += 1)
      expect(await by.ask({ path: `/?turn=${turn}`, body: `${LONG} ${text}` })).toBe('gateway.dlp');
    expect(await by.ask({ body: 'nothing' })).toBeUndefined();
  },
);

test('a renewed secret keeps its count, because its old value counts as a secret too', async () => {
  const value = VALUE.slice(0, 80);
  const by = bottle(SHORT, value);
  const guesses = Array.from({ length: LIMIT }, (_, step) => value.slice(step, step + 48));
  for (const guess of guesses.slice(1)) expect(await by.ask({ path: `/${guess}` })).toBe('gateway.dlp');
  by.screen.renew({ key: `${SHORT}-renewed` });
  expect(await by.ask({ path: `/${guesses[0]}` })).toBe('gateway.guessing');
  expect(await by.ask({})).toBe('gateway.guessing');
});

test('a refusal that was judged before the closing does not reveal its finding', async () => {
  const by = bottle(VALUE);
  const judged = await by.gate.judge(ASKED);
  if (judged.verdict === 'deny') throw new Error('it is allowed');
  await learnt(by, ATTACKS['in bodies']!);
  const inbound = { method: 'POST', headers: [], body: undefined, trailers: () => [], wantsTrailers: false };
  const context = { gate: by.gate, screen: by.screen };
  const [right, wrong] = [
    await admit({ ...inbound, path: `/${VALUE}` }, judged, context),
    await admit({ ...inbound, path: '/x' }, judged, context),
  ];
  expect(right).toEqual(wrong);
  expect(right).toMatchObject({ verdict: 'deny', rule: 'gateway.guessing' });
});
