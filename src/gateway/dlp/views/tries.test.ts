import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { pass, SECRET } from '../passing.testing.ts';

/** Returns streams that each hold a short text, and one more. */
const among = (count: number, last: string, pack = deflateSync): readonly Buffer[] => [
  ...Array.from({ length: count }, (_, index) => pack(`message number ${index}`)),
  pack(last),
];
const listed = (streams: readonly Buffer[], coding: BufferEncoding): Buffer =>
  Buffer.from(JSON.stringify(streams.map((bytes) => bytes.toString(coding))));
const spread = (streams: readonly Buffer[]): Buffer =>
  Buffer.concat(streams.flatMap((bytes) => [bytes, Buffer.from('\n--\n')]));

const FORMS: readonly (readonly [string, (count: number, last: string) => Buffer])[] = [
  ['zlib in base64', (count, last) => listed(among(count, last), 'base64')],
  ['gzip in base64', (count, last) => listed(among(count, last, gzipSync), 'base64')],
  ['zlib in hex', (count, last) => listed(among(count, last), 'hex')],
  ['zlib among other bytes', (count, last) => spread(among(count, last))],
];
const COUNTS = [33, 80, 400];

describe.each(FORMS)('%s', (_, formOf) => {
  test.each(COUNTS)('is inspected behind %i others', (count) => {
    const { findings } = pass([formOf(count, SECRET)]);
    expect(findings).toContainEqual(expect.objectContaining({ id: 'API_KEY' }));
  });

  test('is decoded further behind others', () => {
    const { findings } = pass([formOf(80, Buffer.from(SECRET).toString('base64'))]);
    expect(findings).toContainEqual(expect.objectContaining({ id: 'API_KEY' }));
  });

  test('passes as one of very many', () => {
    expect(pass([formOf(2_000, 'and another')])).toMatchObject({ blocked: false, findings: [] });
  });
});

test('a text about polynomials passes, even where it is not all ASCII', () => {
  const line = `${Array.from({ length: 32 }, (_, power) => `x^${31 - power}`).join('+')}\n`;
  const body = Buffer.from(`Prüfsummen – polynomials\n${line.repeat(600)}`);
  expect(pass([body])).toMatchObject({ blocked: false, findings: [] });
});

/** Long enough that the bytes before it are inspected only once. */
const END = Buffer.alloc(9_000, ' and so on');
/** They have the mark and a plausible beginning, but give no output. */
const FAKES: readonly (readonly [string, Buffer])[] = [
  ['gzip', Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 7])],
  ['zlib', Buffer.from([0x78, 0x9c, 5, 0xc1, 0x81, 0x08, 0, 0, 0, 0x20, 7, 7, 7])],
];

describe.each(FAKES)('text that only looks like %s', (_, fake) => {
  const many = (count: number, coding: BufferEncoding): string => `${fake.toString(coding)} `.repeat(count);

  test.each<[string, (count: number) => Buffer]>([
    ['in base64', (count) => Buffer.from(many(count, 'base64'))],
    ['in hex', (count) => Buffer.from(many(count, 'hex'))],
    ['among other bytes', (count) => Buffer.from(many(count, 'latin1'), 'latin1')],
  ])('hides nothing after it, %s', (__, formOf) => {
    for (const count of [40, 400, 2_000]) {
      const body = Buffer.concat([formOf(count), Buffer.from('\n'), deflateSync(SECRET), END]);
      expect({ count, blocked: pass([body]).blocked }).toEqual({ count, blocked: true });
    }
    expect(pass([formOf(50)])).toMatchObject({ blocked: false, findings: [] });
  });
});

/** Texts as in a Go program, without separators: names of instructions, and now and then the format of a message. */
function namesOfInstructions(bytes: number): Buffer {
  const begins =
    'ADD AND BSF CMP CVT DIV IMUL JMP LEA MOV MUL NEG PADD PCMP PMOV POP PSHUF SHL SUB VADD VMOV VPSLL XOR';
  const ends = 'B W L Q SS SD PS PD UQ SB SW 213SD 231PS 132PD LOAD STORE'.split(' ');
  let state = 1;
  const chosen = (from: readonly string[]): string => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return from[Math.floor((state / 2 ** 32) * from.length)] ?? '';
  };
  const names = begins.split(' ');
  const lines = Array.from({ length: bytes / 5 }, (_, index) => {
    const name = chosen(names) + chosen(ends);
    return index % 60 === 0 ? `${name}: bad type%v64%d` : name;
  });
  return Buffer.from(lines.join('').slice(0, bytes));
}

test.each<BufferEncoding>(['latin1', 'base64'])("a program's table of names passes, in %s", (coding) => {
  const body = Buffer.from(namesOfInstructions(60_000).toString(coding));
  expect(pass([body])).toMatchObject({ blocked: false, findings: [] });
});
