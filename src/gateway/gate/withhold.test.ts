import { expect, test } from 'vitest';
import type { Entry } from '../audit/line.ts';
import { createInspector } from '../dlp/inspector.ts';
import { withholding, WITHHELD, type InspectLogTexts } from './withhold.ts';

const SECRET = 'Tq7vxE2zRwM9kLp4';
const inspector = createInspector({
  secrets: [SECRET, 'QWZXKJVBNM'].map((value) => ({ name: '.env: KEY', value, kind: 'secret' as const })),
  rules: [],
});
const inspectLogTexts: InspectLogTexts = (texts) => inspector.logTexts(texts);

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

test('an entry that reveals nothing is written unchanged', () => {
  expect(withholding(REFUSED, inspectLogTexts)).toBe(REFUSED);
});

test.each([
  ['host', `${SECRET.toLowerCase()}.evil.test`],
  ['host', `${SECRET.slice(0, 8)}.${SECRET.slice(8)}.evil.test`.toLowerCase()],
  ['path', `/closed/${SECRET}`],
  ['path', `/closed/${Buffer.from(SECRET).toString('hex')}`],
  ['method', SECRET],
  ['method', 'QWZXKJVBNM'],
] as const)('the %s that tells a secret is withheld, also in the reason: %s', (member, text) => {
  const line = withholding({ ...REFUSED, [member]: text, reason: `${text} is not allowed` }, inspectLogTexts);
  expect(line).toMatchObject({ [member]: WITHHELD, reason: `${WITHHELD} is not allowed` });
  expect(line.findings).toMatchObject([
    { id: '.env: KEY', where: member },
    ...(line.findings ?? []).slice(1),
  ]);
});

test('a reason that contains a secret is withheld', () => {
  const line = withholding({ ...REFUSED, reason: `Host is ${SECRET}.evil.test` }, inspectLogTexts);
  expect(line).toMatchObject({ host: 'evil.test', reason: WITHHELD });
});

const CANARY = {
  detector: 'canary',
  id: 'key',
  fingerprint: '',
  where: 'body',
  encoding: 'raw',
} as const;
const foundIn = (where: string, more?: Partial<Entry>): Entry => ({
  ...REFUSED,
  reason: `the placeholder of key is in ${where}, where it does not belong`,
  findings: [{ ...CANARY, where }],
  ...more,
});

test('a reason that describes a finding stays unchanged', () => {
  const line = foundIn('body');
  expect(withholding(line, inspectLogTexts)).toBe(line);
});

test.each(['host', 'path', 'method'] as const)(
  'a %s that reveals a secret is withheld beside other findings',
  (member) => {
    const line = withholding(foundIn('body', { [member]: `x-${SECRET}` }), inspectLogTexts);
    expect(line).toMatchObject({ [member]: WITHHELD, reason: foundIn('body').reason });
    expect(line.findings).toMatchObject([CANARY, { id: '.env: KEY', where: member }]);
  },
);

test.each([
  ['as it is', SECRET],
  ['in lower case', `x-${SECRET.toLowerCase()}`],
  ['in base64', Buffer.from(SECRET).toString('base64url')],
  ['in base64 in lower case', Buffer.from(SECRET).toString('base64url').toLowerCase()],
])('a header name that reveals a secret is withheld, also as the place of a finding: %s', (_, name) => {
  for (const reason of [foundIn(`the header ${name}`).reason, 'to 192.0.2.1']) {
    const line = withholding(foundIn(`the header ${name}`, { reason }), inspectLogTexts);
    expect(JSON.stringify(line)).not.toContain(name);
    expect(line.findings?.[0]).toEqual({ ...CANARY, where: WITHHELD });
    expect(line.findings).toContainEqual(expect.objectContaining({ id: '.env: KEY', where: 'reason' }));
  }
});

test('halves of a secret in several members are withheld, except in the host', () => {
  const [first, second] = [SECRET.slice(0, 8), SECRET.slice(8)];
  const line = withholding(foundIn(`the header x-${second}`, { path: `/p/${first}` }), inspectLogTexts);
  expect(line).toMatchObject({ host: 'evil.test', path: WITHHELD, reason: WITHHELD });
  expect(JSON.stringify(line)).not.toContain(second);
});
