import { expect, test } from 'vitest';
import { canonicalRule, type WrittenRule } from '../../gateway/policy/rules.ts';
import { parseAskedUrl } from './asked-url.ts';
import { explain } from './explain.ts';
import { NO_RULES } from './known-rules.ts';
import { renderCheck } from './check.ts';

/** The text for people about a rule that allows a whole host. */
function check(written: Omit<WrittenRule, 'host'>): readonly string[] {
  const rule = canonicalRule({ host: 'a.example.org', ...written }, { id: 'r', list: 'allow' });
  const url = 'https://a.example.org/';
  const explained = explain({ ...NO_RULES, policy: { allow: [rule], deny: [] } }, parseAskedUrl(url), 'GET');
  return renderCheck({ url, bottle: 'b', position: null, ...explained });
}

test.each<[WrittenRule['dlp'], string]>([
  [undefined, 'a request with a secret in it is refused'],
  ['redact', 'a secret in it is blacked out'],
  ['off', 'not searched for'],
  [
    { pattern: 'warn', undecodable: 'pass' },
    'known ones: refused; canaries: refused; what looks like one: noted in the log; what cannot be decoded: passes',
  ],
])('dlp %j is described in words', (dlp, words) => {
  expect(check(dlp === undefined ? {} : { dlp })).toContain(`  secrets   ${words}`);
});

test("a rule's limits are described, and the rules that share them", () => {
  expect(check({ budget: { maxBytes: 1024 ** 2 } })).toContain(
    '  at most   1m both ways, all that goes for a.example.org together',
  );
  expect(check({}).join('')).not.toContain('at most');
});
