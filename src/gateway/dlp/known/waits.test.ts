import { constants, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { Actions } from '../actions.ts';
import type { BodyInspection, Inspector } from '../finding.ts';
import { createInspector } from '../inspector.ts';
import { Memory } from '../memory.ts';

/**
 * The end of a body waits if a secret may begin in it. A host that sees how much has arrived learns from that, but only
 * a few characters.
 */

const LIMIT = 8;
/** Longest part that appears at an end by chance. */
const AT_ONCE = 3;
const VALUE = 'q7HX4nzK2vbW6ymD3tpA5rgC7fsJ2ueO4ilw6XQN3kzb5hVT';
const LETTERS = [...new Set(VALUE)].toSorted();

interface Bottle {
  readonly memory: Memory;
  readonly inspector: Inspector;
  readonly begin: (action?: Actions) => BodyInspection;
}

function bottle(values: readonly string[] = [VALUE]): Bottle {
  const memory = new Memory();
  const secrets = values.map((value) => ({ name: '.env: KEY', value, kind: 'secret' as const }));
  const inspector = createInspector({ secrets, rules: [], memory });
  const begin = (action: Actions = 'block'): BodyInspection => {
    const body = inspector.body({ host: 'h.example', where: 'body', action });
    body.startLeaving();
    return body;
  };
  return { memory, inspector, begin };
}

/** Whether the end of `text` waits if nothing follows it yet. */
const waits = (body: BodyInspection, text: string): boolean =>
  body.push(Buffer.from(text, 'latin1')).release.length < text.length;

interface Attack {
  /** The pieces to send. Whether the last one waits is the answer. */
  readonly say: (known: string, next: string) => readonly string[];
  readonly action?: Actions;
  /** Sends all guesses in one body: the next guess follows a wrong one. */
  readonly isOneBody?: true;
}

const ATTACKS: Readonly<Record<string, Attack>> = {
  'a body for each': { say: (known, next) => [`a guess: ${known}${next}`] },
  'the known beginning first, then the guess': { say: (known, next) => ['it is ', known, next] },
  'a character at a time': { say: (known, next) => [...known.split(''), next] },
  'warned of only': { say: (known, next) => [`a guess: ${known}${next}`], action: 'warn' },
  'blacked out': { say: (known, next) => [`a guess: ${known}${next}`], action: 'redact' },
  'all in one body': { say: (known, next) => [` ${known}${next}`], isOneBody: true },
  'in hex': {
    say: (known, next) => [Buffer.from(`a guess of what it may be: ${known}${next}`).toString('hex')],
  },
  'in base64': {
    say: (known, next) => [Buffer.from(`${known}${next}`.padStart(36, '. ')).toString('base64')],
  },
};

/**
 * Returns how many first characters of the value the attack finds out. It knows the first `AT_ONCE`. Bodies stay open.
 */
function learnt({ begin }: Bottle, { say, action, isOneBody }: Attack): number {
  let body = begin(action);
  const isRight = (known: string, next: string): boolean => {
    if (!isOneBody) body = begin(action);
    return (
      say(known, next)
        .map((piece) => waits(body, piece))
        .at(-1) === true && !body.flush().blocked
    );
  };
  let known = VALUE.slice(0, AT_ONCE);
  for (;;) {
    const next = LETTERS.filter((letter) => isRight(known, letter));
    if (next.length !== 1 || known.length === VALUE.length - 1) return known.length;
    known += next[0];
  }
}

test.each(Object.keys(ATTACKS))('waiting bodies reveal at most a few characters: %s', (name) => {
  const by = bottle();
  expect(learnt(by, ATTACKS[name]!)).toBeLessThan(AT_ONCE + LIMIT);
  expect(by.memory.guesses.isOver).toBe(true);
});

test('compressed content also waits, and its waiting counts as a step', () => {
  const by = bottle();
  const facts = { host: 'h.example', where: 'body', action: 'block', contentEncoding: 'gzip' } as const;
  for (let size = AT_ONCE + 1; size <= AT_ONCE + LIMIT; size += 1) {
    const body = by.inspector.body(facts);
    body.startLeaving();
    const gzip = gzipSync(`a guess: ${VALUE.slice(0, size)}`, { finishFlush: constants.Z_SYNC_FLUSH });
    expect(body.push(gzip).release.length).toBe(0);
  }
  expect(by.memory.guesses.isOver).toBe(true);
});

test('attempts beside a waiting body count as new in any other body', () => {
  const by = bottle();
  // Shorter ones are no text, for which no archive is inspected.
  for (let known = 8; known < 8 + LIMIT; known += 2) {
    const [held, other] = [by.begin(), by.begin()];
    const found = VALUE.slice(0, known + 1);
    expect(waits(held, found)).toBe(true);
    // An archive for each letter: the right one makes all of them wait, and is no step, because this body has already
    // made one.
    expect(held.push(Buffer.concat(LETTERS.map((letter) => gzipSync(found + letter)))).release).toHaveLength(
      0,
    );
    expect(waits(other, VALUE.slice(0, known + 2))).toBe(true);
  }
  expect(by.memory.guesses.isOver).toBe(true);
});

test('content that its host has not received is no step', () => {
  const by = bottle();
  for (let size = AT_ONCE + 1; size < 24; size += 1) {
    const body = by.inspector.body({ host: 'h.example', where: 'body', action: 'block' });
    body.push(Buffer.from(`it begins with ${VALUE.slice(0, size)}`));
    expect(body.end().blocked).toBe(false);
  }
  expect(by.memory.guesses.isOver).toBe(false);
});

test('a body that is refused because its pieces always wait is one step, though nothing has left', () => {
  const by = bottle();
  for (let size = AT_ONCE + 1; size < AT_ONCE + LIMIT; size += 1) waits(by.begin(), VALUE.slice(0, size));
  expect(by.memory.guesses.isOver).toBe(false);
  const facts = { host: 'h.example', where: 'body', action: 'block', contentEncoding: 'gzip' } as const;
  const body = by.inspector.body(facts);
  const words = 'nothing in it, '.repeat(8_000);
  const pieces = Array.from({ length: 12 }, () => words + VALUE.slice(0, AT_ONCE + LIMIT));
  const zipped = pieces.map((piece, at) => storedGzip(piece, at === 0));
  expect(zipped.map((piece) => body.push(piece).blocked)).toContain(true);
  expect(by.memory.guesses.isOver).toBe(true);
});

/**
 * A piece of gzip that is stored uncompressed, and is not the last; its blocks have 16 bits for their length (RFC 1951,
 * 3.2.4).
 */
function storedGzip(text: string, isFirst: boolean): Buffer {
  const head = isFirst ? [Buffer.from('1f8b0800000000000003', 'hex')] : [];
  const blocks = (text.match(/[^]{1,65535}/g) ?? []).map((block) => {
    const size = Buffer.alloc(5);
    size.writeUInt16LE(block.length, 1);
    size.writeUInt16LE(0xffff - block.length, 3);
    return Buffer.concat([size, Buffer.from(block)]);
  });
  return Buffer.concat([...head, ...blocks]);
}

test('a secret that is typed or arrives in chunks is one step, however often', () => {
  const by = bottle();
  for (let turn = 0; turn < 20; turn += 1) {
    for (const chunks of [/./g, /.{1,5}/g]) {
      const body = by.begin('redact');
      const released = (`it is ${VALUE}.`.match(chunks) ?? []).map(
        (chunk) => body.push(Buffer.from(chunk)).release,
      );
      expect(Buffer.concat(released).toString()).not.toContain(VALUE);
    }
  }
  expect(by.memory.guesses.isOver).toBe(false);
});

test('a text that is cut a thousand times where several secrets begin alike is no guess', () => {
  const maker = 'sk-ant-api03-';
  const by = bottle([`${maker}${VALUE}`, `https://hooks.example/${VALUE}`]);
  const text = `the key is ${maker}... and goes to https://hooks.example/T0/B1 with POST. `;
  for (let turn = 0; turn < 1_000; turn += 1) {
    const body = by.begin();
    const cut = (turn * 7_919) % text.length;
    body.push(Buffer.from(text.slice(0, cut)));
    expect(body.push(Buffer.from(text.slice(cut))).blocked).toBe(false);
  }
  expect(by.memory.guesses.isOver).toBe(false);
});
