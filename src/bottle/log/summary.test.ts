import { describe, expect, test } from 'vitest';
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

test('a host has its requests, bytes, tokens and times, by all rules and ways', () => {
  const { talkedTo, firstAt, lastAt } = sum(
    { id: '1', time: at(1) },
    { id: '2', time: at(2), rule: 'egress.allow[1]', via: 'tls' },
    { ...END, id: '1', time: at(3), usage: { input: 5, output: 6 } },
    { ...END, id: '2', time: at(4), usage: { input: 1, output: 1 } },
    { id: '3', time: at(5), host: 'other.example.org' },
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

test('a name that was only looked up was not contacted', () => {
  expect(sum({ via: 'dns', port: 53, method: 'A' }).talkedTo).toEqual([]);
});

describe('a request that was allowed', () => {
  const VAIN = { ...END, bytes: 0, up: 0, down: 0, reason: 'connect EHOSTUNREACH 192.0.2.1:443' } as const;

  test('an allowed request without any byte is no contact, and shows why', () => {
    const { talkedTo, cameToNothing } = sum(
      { id: '1', time: at(1) },
      { id: '2', time: at(2) },
      { ...VAIN, id: '2', time: at(3), reason: 'the client left' },
      { ...VAIN, id: '1', time: at(4) },
    );
    expect({ talkedTo, cameToNothing }).toEqual({
      talkedTo: [],
      cameToNothing: [
        {
          host: 'api.example.org',
          port: 443,
          times: 2,
          firstAt: at(1),
          lastAt: at(4),
          reason: 'connect EHOSTUNREACH 192.0.2.1:443',
        },
      ],
    });
  });

  test("an allowed request without a contact changes neither the others' number nor their start", () => {
    const { talkedTo, cameToNothing } = sum(
      { id: '1', time: at(1) },
      { ...VAIN, id: '1', time: at(2) },
      { id: '2', time: at(3) },
      { ...END, id: '2', time: at(5) },
    );
    expect(talkedTo).toMatchObject([{ requests: 1, bytes: 30, firstAt: at(3), lastAt: at(5) }]);
    expect(cameToNothing).toMatchObject([{ times: 1, lastAt: at(2) }]);
  });

  // Whatever the host answered, some data has left.
  test.each([
    ['was sent, and got no answer', { ...VAIN, bytes: 7, up: 7, reason: 'the upstream gave no answer' }],
    ['got an answer without content', { ...VAIN, status: 204 }],
  ])('an allowed request with %s is a contact', (_what, end) => {
    const { talkedTo, cameToNothing } = sum({ id: '1' }, { ...end, id: '1' });
    expect([talkedTo.length, talkedTo[0]?.requests, cameToNothing.length]).toEqual([1, 1, 0]);
  });

  test('an allowed request counts once while it goes on, however often it is added up', () => {
    const summing = new Summing();
    const ended = { ...LINE, id: '2', time: at(2) };
    for (const line of [{ ...LINE, time: at(1) }, ended, { ...ended, ...END, time: at(4) }])
      summing.add(line);
    const talk = { requests: 2, bytes: 30, firstAt: at(1), lastAt: at(4) };
    expect([summing.result(), summing.result()]).toMatchObject([{ talkedTo: [talk] }, { talkedTo: [talk] }]);
  });

  test('an allowed request is not counted again for its end', () => {
    expect(sum(END).talkedTo).toMatchObject([{ requests: 0, bytes: 30 }]);
  });

  test('an allowed request that failed is printed below the others, with the reason', () => {
    expect(renderSummary(sum(LINE, { ...VAIN, reason: 'connect ECONNREFUSED' }))).toMatch(
      /^\S*FAILED .*\n.*api\.example\.org:443 .*connect ECONNREFUSED/,
    );
  });
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

test('a looked up name and a refused connection are counted separately', () => {
  const { refused } = sum(DENIED, { ...DENIED, via: 'dns', port: 53 });
  expect(new Set(refused.map(({ isLookup }) => isLookup))).toEqual(new Set([false, true]));
});

test('findings are counted by kind and target', () => {
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

test('the printed summary says that a finding was refused, redacted or let through', () => {
  const finding = {
    detector: 'pattern',
    id: 'key',
    fingerprint: 'f',
    where: 'body',
    encoding: 'raw',
  } as const;
  const redacted = { ...finding, redacted: true } as const;
  const text = renderSummary(
    sum({ findings: [finding] }, { findings: [redacted] }, { ...DENIED, findings: [redacted] }),
  );
  expect(text.match(/\((?:refused|redacted|let through)\)/g)?.sort()).toEqual([
    '(let through)',
    '(redacted)',
    '(refused)',
  ]);
});

test('the printed summary is aligned, has advice, and is safe to print', () => {
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

test('the printed summary of an empty log says so', () => {
  expect(renderSummary(sum())).toBe('no decisions');
});

test('the printed summary shows the most frequent of many refusals, and their number', () => {
  const many = Array.from({ length: 200 }, (_, index) => ({ ...DENIED, host: `h${index}.test` }));
  const text = renderSummary(sum(...many, { ...DENIED, host: 'often.test', repeats: 9 }));
  expect(text).toContain('often.test');
  expect(text).toContain('151 more');
});

test('an allowed host that was only looked up suggests a program without the proxy', () => {
  const name = { via: 'dns', port: 53, method: 'A', reason: 'allowed' } as const;
  const summary = sum(
    { ...name, host: 'db.test', time: at(1) },
    { ...name, host: 'db.test', time: at(2), repeats: 4 },
    { ...name, host: 'api.example.org' },
    { ...name, host: 'evil.test' },
    { id: '1', time: at(3) },
    DENIED,
  );
  expect(summary.cameToNothing).toEqual([
    {
      host: 'db.test',
      port: 0,
      times: 5,
      firstAt: at(1),
      lastAt: at(2),
      reason: expect.stringContaining('HTTPS_PROXY'),
    },
  ]);
  expect(renderSummary(summary)).toContain('db.test (name)');
});

test('an allowed host that was contacted in other lines does not suggest it', () => {
  const summing = new Summing();
  summing.add({ ...LINE, via: 'dns', port: 53, method: 'A', host: 'db.test' });
  summing.passOver({ ...LINE, ...DENIED, host: 'db.test' });
  expect(summing.result().cameToNothing).toEqual([]);
});
