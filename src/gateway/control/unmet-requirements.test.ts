import { expect, test } from 'vitest';
import type { Rule } from '../config.ts';
import { unmetRequirements, type Means } from './unmet-requirements.ts';

const MEANS: Means = {
  constraints: { names: ['a.example'], addresses: ['192.0.2.1'] },
  secrets: ['key'],
  learns: false,
};
const opened = (host: string, more: Partial<Rule> = {}): Rule => ({
  id: host,
  host,
  port: 443,
  scheme: 'https',
  opensTls: true,
  ...more,
});
const { opensTls: _, ...passed } = opened('new.example');

test.each<[string, Rule, string[]]>([
  ['the same host', opened('a.example'), []],
  ['a name below it', opened('x.a.example'), []],
  ['all names below it', opened('*.a.example'), []],
  ['the same address', opened('192.0.2.1'), []],
  ['a new host that passes unopened', passed, []],
  ['a new host that is opened', opened('new.example'), ['new.example', 'authority']],
  ['a name that only ends alike', opened('xa.example'), ['xa.example']],
  ['a name above it', opened('*.example'), ['example']],
  ['another address', opened('192.0.2.2'), ['192.0.2.2']],
  ['a secret that was read', opened('a.example', bearer('key')), []],
  ['a secret that was not', opened('a.example', bearer('other')), ['other', 'not read']],
])('a rule for %s has the expected unmet requirements', (__, rule, words) => {
  const found = unmetRequirements({ allow: [rule], deny: [] }, MEANS);
  expect(found).toHaveLength(words.length === 0 ? 0 : 1);
  for (const word of words) expect(found[0]).toContain(word);
});

test('a bottle that learns cannot take new rules', () => {
  expect(unmetRequirements({ allow: [], deny: [] }, { ...MEANS, learns: true })).toHaveLength(1);
});

function bearer(secret: string): Pick<Rule, 'inject'> {
  return { inject: { secret, slot: { kind: 'bearer' } } };
}
