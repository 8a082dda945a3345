import * as fc from 'fast-check';
import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { runs } from '../../../../test/support/runs.ts';
import { inspector, pass, SECRET } from '../passing.testing.ts';
import { unescape } from './unescape.ts';

const hex = (byte: number): string => byte.toString(16).padStart(2, '0');

/** Ways in which programs write bytes that they treat as a text of the same number of characters. */
const FORMS: Readonly<Record<string, (bytes: Buffer) => string>> = {
  'UTF-8': (bytes) => bytes.toString('latin1'),
  'a string of JSON': (bytes) => JSON.stringify({ data: bytes.toString('latin1') }),
  'a string of JSON in one': (bytes) => JSON.stringify(JSON.stringify({ data: bytes.toString('latin1') })),
  'a string of JSON in ASCII': (bytes) =>
    `{"data":"${[...bytes].map((byte) => `\\u00${hex(byte)}`).join('')}"}`,
  HTML: (bytes) => [...bytes].map((byte) => `&#x${hex(byte)};`).join(''),
  'a form': (bytes) => `data=${encodeURIComponent(bytes.toString('latin1'))}`,
};
const PACKS = { gzip: gzipSync, zlib: deflateSync } as const;

describe.each(Object.entries(FORMS))('compressed data as characters of %s', (_, formOf) => {
  test.each(Object.entries(PACKS))('is looked into: %s', (__, pack) => {
    const level = fc.constantFrom(1, 6, 9);
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), level, (before, level) => {
        const bytes = pack(`${before} ${SECRET}`, { level });
        // Excludes bytes that look like an escape: they would be undone like one.
        fc.pre(unescape(bytes, [{ start: 0, end: bytes.length }]) === undefined);
        const { findings } = pass([Buffer.from(formOf(bytes))]);
        expect(findings).toContainEqual(expect.objectContaining({ id: 'API_KEY' }));
      }),
      { numRuns: runs(60) },
    );
  });

  test.each<BufferEncoding>(['base64', 'hex'])('is looked into in %s', (coding) => {
    const bytes = Buffer.from(formOf(deflateSync(`a few words and ${SECRET}`)));
    expect(pass([Buffer.from(`{"file":"${bytes.toString(coding)}"}`)]).blocked).toBe(true);
  });

  test('is looked into behind a text that is none of its own', () => {
    const body = `«Für die Tüte» x^2 ${formOf(gzipSync(SECRET))} 漢字`;
    expect(pass([Buffer.from(body)]).blocked).toBe(true);
  });

  test('passes where nothing is in it', () => {
    const bytes = gzipSync('nothing in here, and nothing there');
    expect(pass([Buffer.from(formOf(bytes))])).toMatchObject({ blocked: false, findings: [] });
  });

  test('is refused where nobody can undo it', () => {
    const xzHead = Buffer.from('fd377a585a000004e6d6b446', 'hex');
    const { findings } = pass([Buffer.from(formOf(Buffer.concat([xzHead, gzipSync(SECRET)])))]);
    expect(findings).toContainEqual(expect.objectContaining({ detector: 'undecodable', id: 'xz' }));
  });
});

// The UTF-16 of the other forms does not contain their UTF-8.
const IN_ASCII = Object.entries(FORMS).filter(([, formOf]) => /^[ -~]*$/.test(formOf(gzipSync(SECRET))));
test.each(IN_ASCII)('compressed data as characters of %s is looked into in UTF-16 too', (_, formOf) => {
  expect(pass([Buffer.from(formOf(gzipSync(SECRET)), 'utf16le')]).blocked).toBe(true);
});

test('compressed data as characters of a URL is looked into', () => {
  const path = `/?d=${encodeURIComponent(deflateSync(SECRET).toString('latin1'))}`;
  expect(inspector().head({ host: 'a.example', path, headers: [] })).not.toEqual([]);
});
