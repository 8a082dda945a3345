import { expect, test } from 'vitest';
import type { AuditLine } from '../../gateway/config.ts';
import { isMeant, parseSince, type LogFilter } from './filter.ts';

const LINE = {
  time: '2026-01-02T03:04:05.678Z',
  verdict: 'deny',
  rule: 'egress.allow[1] npm',
  host: 'a.example.org',
  port: 8443,
} as AuditLine;
const AT_MS = Date.parse(LINE.time);

test.each<[LogFilter, boolean]>([
  [{}, true],
  [{ host: 'a.example.org' }, true],
  [{ host: 'A.Example.org' }, true],
  [{ host: '*.example.org' }, true],
  [{ host: 'example.org' }, false],
  [{ host: '*.a.example.org' }, false],
  [{ host: 'a.example.org:8443' }, true],
  [{ host: '*.example.org:8443' }, true],
  [{ host: 'a.example.org:443' }, false],
  [{ host: '*.example.org:443' }, false],
  [{ rule: 'egress.allow[1] npm' }, true],
  [{ rule: 'egress.allow[1]' }, true],
  [{ rule: 'egress.allow' }, true],
  [{ rule: 'egress' }, true],
  [{ rule: 'egress.allow[1' }, true],
  [{ rule: 'egress.all' }, false],
  [{ rule: 'egress.deny' }, false],
  [{ verdict: 'deny' }, true],
  [{ verdict: 'allow' }, false],
  [{ sinceMs: AT_MS }, true],
  [{ sinceMs: AT_MS + 1 }, false],
  [{ host: 'a.example.org', verdict: 'allow' }, false],
])('%j: %s', (filter, meant) => {
  expect(isMeant(filter, LINE)).toBe(meant);
});

test('a rule’s number is not the beginning of a longer one', () => {
  expect(isMeant({ rule: 'egress.allow[1' }, { ...LINE, rule: 'egress.allow[12]' })).toBe(false);
});

test('times are before now, or as they stand', () => {
  const texts = ['90s', '10m', '2h', '1d', '2026-01-02', '2026-01-02T03:04:05Z'];
  const now = Date.UTC(2026, 0, 2);
  expect(texts.map((text) => new Date(parseSince(text, now)).toISOString().slice(0, 19))).toEqual([
    '2026-01-01T23:58:30',
    '2026-01-01T23:50:00',
    '2026-01-01T22:00:00',
    '2026-01-01T00:00:00',
    '2026-01-02T00:00:00',
    '2026-01-02T03:04:05',
  ]);
});

test.each(['', '10', 'm', '1w', '-1h', '1.5h', 'yesterday', '2026-13-01'])('%j is not a time', (text) => {
  expect(() => parseSince(text, 0)).toThrow('is not a time');
});
