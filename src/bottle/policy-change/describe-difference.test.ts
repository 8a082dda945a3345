import { expect, test } from 'vitest';
import type { Rule } from '../../gateway/config.ts';
import { canonicalRule } from '../../gateway/policy/rules.ts';
import { describeDifference, isSamePolicy } from './describe-difference.ts';

const opened: Rule = {
  id: 'a',
  host: 'a.example',
  port: 443,
  scheme: 'https',
  opensTls: true,
  methods: ['GET'],
  paths: ['/v1/**'],
  inject: { secret: 'the variable KEY', slot: { kind: 'bearer' } },
  dlp: 'block',
};
const raw: Rule = { id: 'b', host: 'b.example', port: 22, scheme: 'tcp', addresses: ['10.0.0.1'] };
const never: Rule = { id: 'c', host: '*.c.example', port: 0, scheme: 'tcp' };

test('describes each rule in words, and names traffic that is not inspected', () => {
  expect(describeDifference({ allow: [opened], deny: [] }, { allow: [raw], deny: [never] })).toEqual([
    '- may reach https://a.example:443 with GET on /v1/** with the variable KEY as a bearer token',
    '+ may reach tcp://b.example:22 at 10.0.0.1, whatever is spoken',
    '+ may never reach *.c.example',
  ]);
});

test('a deny rule names a protocol only where it is about that one', () => {
  const deny = [
    canonicalRule({ host: 'c.example', paths: ['/no/**'] }, { id: 'c', list: 'deny' }),
    canonicalRule({ host: 'd.example', scheme: 'http', port: 8080 }, { id: 'd', list: 'deny' }),
  ];
  expect(describeDifference({ allow: [], deny: [] }, { allow: [], deny })).toEqual([
    '+ may never reach c.example on /no/**',
    '+ may never reach http://d.example:8080',
  ]);
});

test('the actions on secrets are printed where they differ from the default, by detector', () => {
  const dlp = { secret: 'block', canary: 'block', pattern: 'warn', undecodable: 'pass' } as const;
  const difference = describeDifference(
    { allow: [{ ...opened, dlp: 'warn' }], deny: [] },
    { allow: [{ ...opened, dlp }], deny: [] },
  );
  expect(difference.map((line) => line.replace(/ may reach .* where /, ' '))).toEqual([
    '- secrets are met with: warn',
    '+ secrets are met with: secret block, canary block, pattern warn, undecodable pass',
  ]);
});

test("a rule's budget is printed, and a larger one is a difference", () => {
  const next = { ...opened, budget: { name: 'a.example', maxBytes: 2048 } };
  const before = { ...opened, budget: { name: 'a.example', maxBytes: 1024 } };
  const difference = describeDifference({ allow: [before], deny: [] }, { allow: [next], deny: [] });
  expect(difference.map((line) => /for at most \S+ in all for \S+/.exec(line)?.[0])).toEqual([
    'for at most 1k in all for a.example',
    'for at most 2k in all for a.example',
  ]);
});

test('the names of rules make no difference', () => {
  const renamed = { allow: [{ ...opened, id: 'z' }], deny: [] };
  expect(describeDifference({ allow: [opened], deny: [] }, renamed)).toEqual([]);
  expect(isSamePolicy({ allow: [opened], deny: [] }, renamed)).toBe(true);
  expect(isSamePolicy({ allow: [opened], deny: [] }, { allow: [], deny: [] })).toBe(false);
});

test('control characters are shown escaped', () => {
  const odd = { ...raw, host: 'b\u001B[2Jexample' };
  expect(describeDifference({ allow: [], deny: [] }, { allow: [odd], deny: [] }).join('')).not.toContain(
    '\u001B',
  );
});
