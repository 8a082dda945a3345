import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { CHAIN_START, follows, linkLine, parseLink } from './chain.ts';

test('a hash follows its documented definition, so that others can check it', () => {
  const one = linkLine(CHAIN_START, '{"a":1');
  const two = linkLine(one, '{"a":2');
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url');
  expect(one.text).toBe(`{"a":1,"seq":1,"hash":"${sha256('{"a":1,"seq":1')}"}\n`);
  expect(two.text).toBe(`{"a":2,"seq":2,"hash":"${sha256(`${one.hash}{"a":2,"seq":2`)}"}\n`);
});

test('a line contains its number, and its hash depends only on the line before it', () => {
  const one = linkLine(CHAIN_START, '{"a":1');
  const found = parseLink(linkLine(one, '{"a":2').text.trimEnd());
  expect(found).toMatchObject({ seq: 2, counted: '{"a":2,"seq":2' });
  expect(found && [follows(one.hash, found), follows('', found)]).toEqual([true, false]);
});

test('text from a client cannot look like the end of a line', () => {
  const host = `","seq":9,"hash":"${'A'.repeat(43)}"}`;
  const { text, hash } = linkLine(CHAIN_START, `{"host":${JSON.stringify(host)}`);
  expect(parseLink(text.trimEnd())).toMatchObject({ seq: 1, hash });
});

test.each(['', '{}', '{"a":1,"seq":1}', '{"a":1,"seq":1,"hash":"short"}'])(
  '%j is not accepted as a line of a chain',
  (text) => {
    expect(parseLink(text)).toBeUndefined();
  },
);
