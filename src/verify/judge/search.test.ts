import { describe, expect, test } from 'vitest';
import { makeLoot, makeNonce, openEars } from '../arena/nonce.ts';
import { heardFor, saidFor, type Search } from './search.ts';

const [word, one, other, stranger] = [makeLoot(), makeNonce(), makeNonce(), makeNonce()];
const SEEKERS = { one: { id: 'one', nonce: one }, other: { id: 'other', nonce: other } };
const OF_ONE: Search = { word, own: SEEKERS.one, others: [SEEKERS.other] };
const OF_OTHER: Search = { word, own: SEEKERS.other, others: [SEEKERS.one] };

const hear = (...texts: readonly string[]) => {
  const ears = openEars();
  const take = ears.begin('tcp');
  for (const text of texts) take(text);
  return ears;
};
const heardBy = (ears: ReturnType<typeof hear>) =>
  [OF_ONE, OF_OTHER].map((search) => heardFor(search, ears.messages).join());

describe('nonces among received words', () => {
  test.each([
    ['of the attempt whose nonce came with it', [`GET /${one}/${word} HTTP/1.1`], ['tcp', '']],
    ['of it, when they came one after the other', [`GET /${one}/`, word], ['tcp', '']],
    ['of it, when the word came first', [word, one], ['tcp', '']],
    ['of both, when both came with it', [`${one} ${other} ${word}`], ['tcp', 'tcp']],
    ['of all, when none came with it', [`GET /${word} HTTP/1.1`], ['tcp', 'tcp']],
    ['of all, when it was one that looks for something else', [`${stranger} ${word}`], ['tcp', 'tcp']],
    ['of nobody, when it is another word', [`${one} ${makeLoot()}`], ['', '']],
  ])('a received nonce is found: %s', (_, texts, expected) =>
    expect(heardBy(hear(...texts))).toEqual(expected),
  );

  test("another message's nonce is not found", () => {
    const ears = hear(`${one} ${word}`);
    ears.begin('udp')(other);
    expect(heardBy(ears)).toEqual(['tcp', '']);
    expect(ears.heard(other)).toEqual(['udp']);
  });
});

describe("nonces in the program's output", () => {
  const saidBy = (said: string) => [OF_ONE, OF_OTHER].map((search) => saidFor(search, said));
  test.each([
    ['of the attempt that met it', JSON.stringify({ attempt: 'one', met: `200 OK ${word}` }), [true, false]],
    [
      'of all, in the words of a control',
      JSON.stringify({ control: 'one', ok: true, said: word }),
      [true, true],
    ],
    ['of all, where no attempt is named', `a complaint with ${word}`, [true, true]],
    [
      'of all, where an attempt is named that looks for something else',
      `{"attempt":"x","met":"${word}"}`,
      [true, true],
    ],
    [
      'of the attempt that met it, where one that looks for something else met it too',
      `{"attempt":"x","met":"${word}"}\n${JSON.stringify({ attempt: 'one', met: word })}`,
      [true, false],
    ],
    ['of nobody, where it is not said', JSON.stringify({ attempt: 'one', met: 'no' }), [false, false]],
  ])('a nonce in the output is found: %s', (_, line, expected) => {
    expect(saidBy(`first line\n${line}\nlast line`)).toEqual(expected);
  });
});
