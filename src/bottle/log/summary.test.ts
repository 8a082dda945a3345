import { expect, test } from 'vitest';
import type { AuditLine } from '../../gateway/config.ts';
import { renderSummary } from './render-summary.ts';
import { Summing, type LogSummary } from './summary.ts';

const LINE: AuditLine = {
  time: '2026-01-02T03:04:05.000Z',
  bottle: 'b',
  event: 'decision',
  id: 'x-1',
  verdict: 'allow',
  rule: 'egress.allow[0]',
  via: 'connect',
  host: 'api.example.org',
  port: 443,
  method: 'CONNECT',
  path: '',
  reason: 'to 192.0.2.1',
  bytes: 0,
  seq: 1,
  hash: '',
};
const at = (second: number): string => `2026-01-02T03:04:0${second}.000Z`;
const DENIED = { verdict: 'deny', rule: 'default', host: 'evil.test', reason: 'no rule' } as const;
const END = { event: 'end', bytes: 30, up: 10, down: 20 } as const;

function sum(...lines: Partial<AuditLine>[]): LogSummary {
  const summing = new Summing();
  for (const line of lines) summing.add({ ...LINE, ...line });
  return summing.result();
}

test('a host has its requests, bytes, tokens and times, whatever rules and ways led there', () => {
  const { talkedTo, firstAt, lastAt } = sum(
    { time: at(1) },
    { time: at(2), rule: 'egress.allow[1]', via: 'tls' },
    { ...END, time: at(3), usage: { input: 5, output: 6 } },
    { ...END, time: at(4), usage: { input: 1, output: 1 } },
    { time: at(5), host: 'other.example.org' },
  );
  expect(talkedTo).toEqual([
    {
      host: 'api.example.org',
      port: 443,
      requests: 2,
      bytes: 60,
      up: 20,
      down: 40,
      tokens: { input: 6, output: 7 },
      firstAt: at(1),
      lastAt: at(4),
    },
    expect.objectContaining({ host: 'other.example.org', requests: 1, bytes: 0 }),
  ]);
  expect([firstAt, lastAt]).toEqual([at(1), at(5)]);
});

test('a name that was only looked up was not talked to', () => {
  expect(sum({ via: 'dns', port: 53, method: 'A' }).talkedTo).toEqual([]);
});

test('refusals are counted with those that the log only counted', () => {
  const { refused } = sum({ ...DENIED, host: 'once.test' }, DENIED, DENIED, {
    ...DENIED,
    repeats: 40,
    time: at(9),
  });
  expect(refused.map(({ host, times, lastAt }) => [host, times, lastAt])).toEqual([
    ['evil.test', 42, at(9)],
    ['once.test', 1, LINE.time],
  ]);
  expect(refused[0]).toMatchObject({ rule: 'default', allow: '- host: evil.test', isLookup: false });
});

test('a name that was asked for and a connection that was refused are two things', () => {
  const { refused } = sum(DENIED, { ...DENIED, via: 'dns', port: 53 });
  expect(new Set(refused.map(({ isLookup }) => isLookup))).toEqual(new Set([false, true]));
});

test('findings are counted by what and where to', () => {
  const finding = {
    detector: 'secret',
    id: 'KEY',
    fingerprint: 'f',
    where: 'body',
    encoding: 'raw',
  } as const;
  const { found } = sum({ findings: [finding] }, { findings: [finding] }, { ...DENIED, findings: [finding] });
  expect(found.map(({ host, verdict, times }) => [host, verdict, times])).toEqual([
    ['api.example.org', 'allow', 2],
    ['evil.test', 'deny', 1],
  ]);
});

test('for people: aligned, with what to do, and safe to print', () => {
  const text = renderSummary(
    sum(LINE, { ...END, bytes: 3_000_000 }, DENIED, {
      ...DENIED,
      host: 'a\u001b[2Jb',
      rule: 'gateway.malformed',
    }),
  );
  expect(text).toContain('api.example.org:443');
  expect(text).toContain('3.0 MB');
  expect(text).toContain('- host: evil.test');
  expect(text).not.toContain('\u001b[2J');
});

test('for people: a log without decisions says so', () => {
  expect(renderSummary(sum())).toBe('no decisions');
});

test('for people: of very many refusals the most frequent are shown, and how many there are', () => {
  const many = Array.from({ length: 200 }, (_, index) => ({ ...DENIED, host: `h${index}.test` }));
  const text = renderSummary(sum(...many, { ...DENIED, host: 'often.test', repeats: 9 }));
  expect(text).toContain('often.test');
  expect(text).toContain('151 more');
});
