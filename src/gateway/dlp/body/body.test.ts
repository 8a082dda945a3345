import { constants, createGzip } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Action } from '../actions.ts';
import type { BodyInspection, Finding } from '../finding.ts';
import { seededRandom } from '../../../../test/support/random.ts';
import { createInspector } from '../inspector.ts';
import { cut, inspector, pass, SECRET } from '../passing.testing.ts';

/** Each small piece costs an inspection of the bytes before it: beyond some, pieces are gathered until `flush`. */

const open = (action: Action = 'block', contentEncoding?: string): BodyInspection =>
  inspector().body({ host: 'h.example', where: 'body', action, contentEncoding });

const pushed = (body: BodyInspection, text: string): string =>
  String(Buffer.from(body.push(Buffer.from(text)).release));
const flushed = (body: BodyInspection): string => String(Buffer.from(body.flush().release));

/** Sends as many bytes as each inspection repeats, and then single bytes, until one is held back. */
function untilGathered(body: BodyInspection): void {
  body.push(Buffer.alloc(8_192, 'A text. '));
  for (let count = 0; count < 1_000; count += 1) if (pushed(body, '.') === '') return;
  throw new Error('each has left by itself');
}

describe('gathered content', () => {
  test('leaves once, when it is requested', () => {
    const body = open();
    untilGathered(body);
    expect(pushed(body, 'another')).toBe('');
    expect(flushed(body)).toBe(`.another`);
    expect(flushed(body)).toBe('');
  });

  test('leaves except for an end that could begin a value', () => {
    const body = open();
    untilGathered(body);
    const begun = SECRET.slice(0, 7);
    pushed(body, begun);
    expect(flushed(body)).toBe('.');
    expect(flushed(body)).toBe('');
    pushed(body, ' is another');
    expect(flushed(body)).toBe(`${begun} is another`);
  });

  test('does not leave with a value in it', () => {
    const body = open();
    untilGathered(body);
    for (const character of SECRET) expect(pushed(body, character)).toBe('');
    expect(body.flush()).toMatchObject({ blocked: true, findings: [{ id: 'API_KEY' }] });
    expect(body.flush()).toMatchObject({ blocked: true, release: new Uint8Array(0) });
  });

  test('leaves with the value overwritten, even where the value continues after it', () => {
    const body = open('redact');
    untilGathered(body);
    pushed(body, `${SECRET} and ${SECRET.slice(0, 9)}`);
    expect(flushed(body)).toBe(`.${'*'.repeat(SECRET.length)} and `);
    expect(pushed(body, `${SECRET.slice(9)}.`) + flushed(body)).toBe(`${'*'.repeat(SECRET.length)}.`);
  });

  test.each([1, 6, 10, 31])('leaves with an overwritten value that arrives %i bytes at a time', (size) => {
    const body = open('redact');
    untilGathered(body);
    body.flush();
    const text = `${SECRET} and more`;
    let released = '';
    const findings: Finding[] = [];
    for (let at = 0; at < text.length; at += size) {
      const passed = [body.push(Buffer.from(text.slice(at, at + size))), body.flush()];
      released += Buffer.concat(passed.map(({ release }) => release)).toString();
      findings.push(...passed.flatMap((one) => one.findings));
    }
    // Two bytes do not begin a value yet.
    const begun = size < 3 ? SECRET.slice(0, 2) : '';
    expect(released).toBe(`${begun}${'*'.repeat(SECRET.length - begun.length)} and more`);
    expect(findings).toMatchObject([{ id: 'API_KEY', encoding: 'raw', span: expect.any(Array) }]);
  });

  test('counts as a piece of a value once it leaves', () => {
    const by = inspector();
    const parts = [SECRET.slice(0, 16), SECRET.slice(16)];
    const [first, second] = parts.map((part) => {
      const body = by.body({ host: 'h.example', where: 'body', action: 'redact' });
      return [body.push(Buffer.from(`A text ${part}`)), body.push(Buffer.from(' goes on'))];
    });
    expect(first?.map(({ release }) => String(Buffer.from(release)))).toEqual([
      'A text ',
      `${parts[0]} goes on`,
    ]);
    expect(second?.at(-1)).toMatchObject({ blocked: true, findings: [] });
  });

  test('delays nothing after it, however often it is requested', () => {
    const body = open();
    untilGathered(body);
    for (let count = 0; count < 20; count += 1) {
      body.push(Buffer.from('1'));
      body.flush();
    }
    const large = 'something that is longer than all of these. '.repeat(10);
    expect(pushed(body, large)).toBe(large);
  });
});

test('leaves when it is requested in a body with a Content-Encoding', async () => {
  const gzip = createGzip();
  const encoded = async (text: string): Promise<Buffer> => {
    gzip.write(text);
    await new Promise<void>((resolve) => gzip.flush(constants.Z_SYNC_FLUSH, resolve));
    return gzip.read() as Buffer;
  };
  const body = open('block', 'gzip');
  // Long in its compressed form too.
  const random = seededRandom(1);
  const beginning = Array.from({ length: 16_000 }, () => 'abcdefgh .,'[Math.floor(random() * 11)]);
  const pieces = [await encoded(beginning.join(''))];
  for (let count = 0; count < 300; count += 1) pieces.push(await encoded('.'));
  const released = pieces.map((piece) => body.push(piece).release);
  expect(released.at(-1)).toHaveLength(0);
  released.push(body.flush().release);
  expect(Buffer.concat(released).equals(Buffer.concat(pieces))).toBe(true);

  const passed = [body.push(await encoded(SECRET)), body.flush()];
  expect(passed.map(({ release }) => release.length)).toEqual([0, 0]);
  expect(passed.flatMap(({ findings }) => findings)).toMatchObject([{ id: 'API_KEY', encoding: 'gzip' }]);
  gzip.destroy();
});

/** An uncompressed block of deflate. */
const stored = (text: string): Buffer => {
  const head = Buffer.alloc(5);
  head.writeUInt16LE(text.length, 1);
  head.writeUInt16LE(0xffff - text.length, 3);
  return Buffer.concat([head, Buffer.from(text)]);
};

test('does not include content of an archive, because the archive has left', () => {
  const body = open();
  const nothing = Buffer.alloc(4_000, stored(''));
  const head = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
  body.push(Buffer.concat([head, stored('A text. '.repeat(1_100))]));
  for (let count = 0; count < 250; count += 1) body.push(nothing);
  const passed = Array.from(SECRET, (character) => body.push(Buffer.concat([stored(character), nothing])));
  expect(passed.at(-1)).toMatchObject({ blocked: true });
});

test('a long list of numbers passes', () => {
  const numbers = Array.from({ length: 20_001 }, (_, index) => `${4_380_000 + index}\n`).join('');
  const bytes = Buffer.from('\n'.repeat(5_000) + numbers);
  const pieces = cut(
    bytes,
    Array.from({ length: bytes.length >> 15 }, (_, index) => (index + 1) << 15),
  );
  expect(pass(pieces)).toMatchObject({ blocked: false, findings: [] });
});

describe('values of which a part is telling', () => {
  const value = Array.from({ length: 20 }, (_, index) => `${index}kX${(index * 7919) % 1000}q`).join('');
  const make = () => createInspector({ secrets: [{ name: 'LONG', value, kind: 'secret' }], rules: [] });

  test.each([10, 50, 60, 100])('are overwritten to their end when they arrive %i bytes at a time', (size) => {
    const text = `before ${value} and behind`;
    const cuts = Array.from({ length: Math.floor(text.length / size) }, (_, index) => (index + 1) * size);
    const { released, findings } = pass(cut(Buffer.from(text), cuts), { action: 'redact' }, make());
    expect(released.toString()).toBe(`before ${'*'.repeat(value.length)} and behind`);
    expect(findings).toMatchObject([{ id: 'LONG', span: [7, 7 + value.length] }]);
  });

  test.each([' and behind', ''])('is found where it does not go on: %j', (behind) => {
    const pieces = [`before ${value.slice(0, 60)}`, behind].map((piece) => Buffer.from(piece));
    expect(pass(pieces, {}, make())).toMatchObject({ blocked: true, findings: [{ id: 'LONG' }] });
    const { released } = pass(pieces, { action: 'redact' }, make());
    expect(released.toString()).toBe(`before ${'*'.repeat(60)}${behind}`);
  });
});
