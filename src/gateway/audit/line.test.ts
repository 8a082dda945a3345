import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AuditLine } from '../config.ts';
import { writeFound, writeMembers, writeOutcome, writeShared, type Entry } from './line.ts';

const LINE: Omit<AuditLine, 'seq' | 'hash'> = {
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
const write = (line: typeof LINE, own = ''): string =>
  `${writeMembers({ ...line, shared: writeShared(line), own })}}`;
const written = (entry: Entry, repeats?: number): unknown =>
  JSON.parse(write(LINE, writeFound(entry, repeats)));

const FINDING = {
  detector: 'secret',
  id: 'API_KEY',
  fingerprint: 'f00d',
  where: 'body',
  encoding: 'base64',
} as const;

test('a line is JSON with all its members', () => {
  expect(JSON.parse(write(LINE))).toEqual(LINE);
});

test('the line of a decision contains the findings and their count', () => {
  const more = { tls: 'TLSv1.3 h2', findings: [FINDING] };
  expect(written({ ...LINE, ...more }, 7)).toEqual({ ...LINE, ...more, repeats: 7 });
  expect(written({ ...LINE, findings: [] })).toEqual(LINE);
});

test('the line of an end contains the outcome', () => {
  const outcome = { status: 200, up: 10, down: 20, usage: { input: 3, output: 4 } };
  const own = writeOutcome({ ...outcome, bytes: 30, reason: '' }, 5);
  expect(JSON.parse(write(LINE, own))).toEqual({ ...LINE, ...outcome, ms: 5 });
  expect(JSON.parse(write(LINE, writeOutcome({ bytes: 0, reason: '' }, 0)))).toEqual({ ...LINE, ms: 0 });
});

test('whatever a client sends, its line is a single line of printable ASCII and reads back as sent', () => {
  const unit = fc.integer({ min: 0, max: 0xff_ff }).map((code) => String.fromCharCode(code));
  const text = fc.string({ unit, maxLength: 40 });
  fc.assert(
    fc.property(text, text, text, (host, sent, reason) => {
      const path = sent.replaceAll('?', '');
      const line = { ...LINE, host, path, reason };
      const found = writeFound({ ...line, tls: host, findings: [{ ...FINDING, where: path }] });
      expect(write(line, found)).toMatch(/^[ -~]*$/);
      const findings = [{ ...FINDING, where: path }];
      expect(JSON.parse(write(line, found))).toEqual({ ...line, tls: host, findings });
    }),
  );
});

test('a line never contains the query of a path', () => {
  expect(JSON.parse(write({ ...LINE, path: '/a?key=secret?x' }))).toMatchObject({ path: '/a' });
});

test('a line cuts off texts that are too long', () => {
  const long = 'x'.repeat(3_000);
  const line = { ...LINE, host: long, path: long, method: long, reason: long };
  const findings = Array.from({ length: 100 }, () => ({ ...FINDING, where: long }));
  const cut = JSON.parse(write(line, writeFound({ ...line, findings }))) as AuditLine;
  const { host, path, method, reason } = cut;
  expect([host, path, method, reason].map(({ length }) => length)).toEqual([255, 2048, 32, 500]);
  expect(cut.findings?.map(({ where }) => where.length)).toEqual(Array(20).fill(100));
});

test('a line states the cut length of each text that it cuts off, and of no other', () => {
  const [host, path, method, reason] = [256, 2_800, 40, 502].map((length) => 'x'.repeat(length));
  const line = { ...LINE, host: host ?? '', path: `${path}?a=b`, method: method ?? '', reason: reason ?? '' };
  const findings = [{ ...FINDING, where: 'x'.repeat(103) }];
  const cut = JSON.parse(write(line, writeFound({ ...line, findings }))) as AuditLine;
  expect(cut).toMatchObject({ hostCut: 1, pathCut: 752, methodCut: 8, reasonCut: 2 });
  expect(cut.findings).toEqual([{ ...FINDING, where: 'x'.repeat(100), whereCut: 3 }]);
  const whole = { ...LINE, host: 'x'.repeat(255), path: 'x'.repeat(2_048) };
  expect(JSON.parse(write(whole))).toEqual(whole);
});
