import { expect, test } from 'vitest';
import type { AuditLine } from '../../gateway/config.ts';
import { decisionAsJson, renderDecision } from './decision-line.ts';

const LINE: AuditLine = {
  time: '2026-01-02T03:04:05.678Z',
  bottle: 'fixer-1a2b3c4d',
  verdict: 'deny',
  rule: 'default',
  via: 'dns',
  host: 'evil.example.org',
  port: 53,
  method: 'A',
  path: '',
  reason: 'no rule allows it',
  bytes: 0,
  id: 'x-1',
  event: 'decision',
  seq: 1,
  hash: 'x',
};

test('a log line shows host, request, rule and reason', () => {
  expect(renderDecision(LINE)).toContain('dns      evil.example.org:53  A  [default] no rule allows it');
});

test('a line that stands for several shows their number', () => {
  expect(renderDecision({ ...LINE, repeats: 12 })).toContain('(12 more of these)');
});

test('a shortened text is marked', () => {
  const cut = {
    host: 'a.test',
    hostCut: 3,
    method: 'GET',
    path: '/a',
    pathCut: 752,
    reason: 'no',
    reasonCut: 1,
  };
  expect(renderDecision({ ...LINE, ...cut })).toMatch(
    /a\.test… \(3 more characters\):53 {2}GET \/a… \(752 more characters\) {2}\[default\] no… \(1 more characters\)$/,
  );
  const finding = { detector: 'secret', id: 'KEY', fingerprint: 'f00d', encoding: 'plain' } as const;
  const findings = [{ ...finding, where: 'the header x', whereCut: 7 }];
  expect(renderDecision({ ...LINE, findings })).toContain('in the header x… (7 more characters) (plain');
});

test('a log line shows the outcome as far as it is known', () => {
  const finding = {
    detector: 'secret',
    id: 'KEY',
    fingerprint: 'f00d',
    where: 'body',
    encoding: 'base64',
  } as const;
  const more = { tls: 'TLSv1.3 h2', status: 200, bytes: 30, ms: 5, usage: { input: 1, output: 2 } };
  expect(renderDecision({ ...LINE, ...more, findings: [finding] })).toContain(
    'no rule allows it  TLSv1.3 h2, status 200, 30 bytes, 5 ms, tokens 1 in, 2 out  found secret KEY in body (base64, f00d)',
  );
});

test('the request of the launch checks is named as such', () => {
  const host = 'bot-bottle-launch-check.invalid';
  expect(renderDecision({ ...LINE, host })).toContain(`launch check (${host}):53`);
});

test.each([
  ['human', renderDecision],
  ['JSON', decisionAsJson],
])('%s: text of the agent moves no cursor and hides nothing', (_name, show) => {
  const shown = show({ ...LINE, host: 'a\u009b2Jb\u202ec\u3164', path: '/\u0085\r\n' });
  expect(shown).not.toMatch(/[\u0085\u009b\u202e\u3164\r\n]/);
});

test('--json prints the line itself', () => {
  const line = { ...LINE, host: 'ü\u009b😀' };
  expect(JSON.parse(decisionAsJson(line))).toEqual(line);
});

const FORGED = '\u001b]52;c;ZXZpbA==\u0007\r\n2026 forged';

test.each([FORGED, 'a\u009b31m', 'a\u007fb\u202e'])('the name %j stays on its line as text', (host) => {
  const line = { ...LINE, host, path: host, reason: `no rule allows ${host}` };
  expect(renderDecision(line)).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(decisionAsJson(line)).toMatch(/^[ -~]*$/);
  expect(JSON.parse(decisionAsJson(line))).toEqual(line);
});
