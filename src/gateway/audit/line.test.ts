import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AuditLine } from '../config.ts';
import { writeLine, writeShared } from './line.ts';

const LINE: AuditLine = {
  time: '2026-01-02T03:04:05.678Z',
  bottle: 'quiet-otter',
  event: 'decision',
  id: 'l1-1',
  verdict: 'allow',
  rule: 'egress.allow[0]',
  via: 'connect',
  host: 'example.org',
  port: 443,
  method: 'CONNECT',
  path: '',
  reason: 'to 192.0.2.1',
  bytes: 0,
};
const write = (line: AuditLine): string => writeLine({ ...line, shared: writeShared(line) });

test('is the line in JSON, with all its members', () => {
  expect(JSON.parse(write(LINE))).toEqual(LINE);
  expect(JSON.parse(write({ ...LINE, repeats: 7 }))).toEqual({ ...LINE, repeats: 7 });
});

test('whatever a client sends, it is one line of printable ASCII that says just that', () => {
  const text = fc.string({ unit: 'binary', maxLength: 40 });
  fc.assert(
    fc.property(text, text, text, (host, path, reason) => {
      const line = { ...LINE, host, path, reason };
      expect(write(line)).toMatch(/^[ -~]*\n$/);
      expect(JSON.parse(write(line))).toEqual(line);
    }),
  );
});

test('what is too long is cut off', () => {
  const long = 'x'.repeat(3_000);
  const { host, path, method, reason } = JSON.parse(
    write({ ...LINE, host: long, path: long, method: long, reason: long }),
  ) as AuditLine;
  expect([host, path, method, reason].map(({ length }) => length)).toEqual([255, 2048, 32, 500]);
});
