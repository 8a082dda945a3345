import { randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Rule } from '../../gateway/config.ts';
import { whyUnsearchable } from '../../gateway/dlp/known/forms.ts';
import { baitSteps, drawBait, wouldBeSeen } from './bait.ts';

const RULE: Rule = { id: 'r', host: 'a.example', port: 443, scheme: 'https' };

test('the bait looks like a file of the AWS command line, in a profile that no program uses by default', () => {
  expect(drawBait(randomInt).text).toMatch(
    /^\[production\]\naws_access_key_id = AKIA[A-Z2-7]{16}\naws_secret_access_key = [A-Za-z0-9/+]{40}\n$/,
  );
});

test('the gateway searches for the bait as a canary, with its place as the name', () => {
  const { text, values } = drawBait(randomInt);
  expect(values.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    'canary the bait in ~/.aws/credentials: access key id',
    'canary the bait in ~/.aws/credentials: secret access key',
  ]);
  for (const { value } of values) {
    expect(text).toContain(value);
    expect(whyUnsearchable(value)).toBeUndefined();
  }
});

test('no two baits are the same', () => {
  const drawn = Array.from({ length: 20 }, () => drawBait(randomInt)).flatMap(({ values }) => values);
  expect(new Set(drawn.map(({ value }) => value)).size).toBe(40);
});

test('the bait is placed only if something is inspected', () => {
  expect(wouldBeSeen({ allow: [], deny: [] })).toBe(false);
  expect(wouldBeSeen({ allow: [RULE], deny: [] })).toBe(false);
  expect(wouldBeSeen({ allow: [RULE, { ...RULE, dlp: 'block' }], deny: [] })).toBe(true);
  expect(baitSteps(undefined)).toEqual([]);
});
