import { expect, test } from 'vitest';
import type { Entry } from '../audit/line.ts';
import { createInspector } from '../dlp/inspector.ts';
import { withholding, WITHHELD, type Tell } from './withhold.ts';

const SECRET = 'Tq7vxE2zRwM9kLp4';
const inspector = createInspector({
  secrets: [SECRET, 'QWZXKJVBNM'].map((value) => ({ name: '.env: KEY', value, kind: 'secret' as const })),
  rules: [],
});
const tell: Tell = (told) => inspector.told(told);

const REFUSED: Entry = {
  verdict: 'deny',
  rule: 'default',
  via: 'http',
  host: 'evil.test',
  port: 80,
  method: 'GET',
  path: '/a',
  reason: 'no rule allows evil.test:80',
  tls: undefined,
  findings: undefined,
};

test('what tells nothing is written as it is', () => {
  expect(withholding(REFUSED, tell)).toBe(REFUSED);
});

test.each([
  ['host', `${SECRET.toLowerCase()}.evil.test`],
  ['host', `${SECRET.slice(0, 8)}.${SECRET.slice(8)}.evil.test`.toLowerCase()],
  ['path', `/closed/${SECRET}`],
  ['path', `/closed/${Buffer.from(SECRET).toString('hex')}`],
  ['method', SECRET],
  ['method', 'QWZXKJVBNM'],
] as const)('the %s that tells a secret is withheld, also in the reason: %s', (member, text) => {
  const line = withholding({ ...REFUSED, [member]: text, reason: `${text} is not allowed` }, tell);
  expect(line).toMatchObject({ [member]: WITHHELD, reason: `${WITHHELD} is not allowed` });
  expect(line.findings).toMatchObject([
    { id: '.env: KEY', where: member },
    ...(line.findings ?? []).slice(1),
  ]);
});

test('a reason that tells one by itself is withheld', () => {
  const line = withholding({ ...REFUSED, reason: `Host is ${SECRET}.evil.test` }, tell);
  expect(line).toMatchObject({ host: 'evil.test', reason: WITHHELD });
});

test('what was refused for what was found stays as it is told there', () => {
  const findings = [
    { detector: 'secret', id: 'x', fingerprint: '', where: 'body', encoding: 'raw' },
  ] as const;
  const line = { ...REFUSED, findings };
  expect(withholding(line, tell)).toBe(line);
});
