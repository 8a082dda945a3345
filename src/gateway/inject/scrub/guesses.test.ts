import { describe, expect, test } from 'vitest';
import { createScrub, type Scrub } from './scrub.ts';

/** An agent makes a host print a guess, and sees whether it arrives before the host continues. */

const PREFIX = 'sk-test-';
const KEY = `${PREFIX}HQ7NwWHIA61ivXj2pGobazod`;
const scrubber = (): Scrub => createScrub([KEY], PREFIX.length);

/** The output so far when the host pauses after this text. */
function atOnce(scrub: Scrub, text: string): string {
  const stream = scrub.stream();
  return Buffer.from(stream.push(Buffer.from(text))).toString();
}

const WRITTEN: Readonly<Record<string, (text: string) => string>> = {
  'as it stands': (text) => text,
  'in lines of hex': (text) => `${Buffer.from(text).toString('hex')}\n`,
  'in base64': (text) =>
    Buffer.from(text)
      .toString('base64')
      .slice(0, Math.floor((text.length * 8) / 6)),
};

describe.each(Object.entries(WRITTEN))(
  'an agent cannot find out a secret letter by letter: %s',
  (_, write) => {
    test('by guesses of which the right one waits', () => {
      const scrub = scrubber();
      const told: number[] = [];
      for (let length = PREFIX.length + 1; length < KEY.length; length += 1) {
        const right = atOnce(scrub, write(KEY.slice(0, length)));
        const wrong = atOnce(scrub, write(`${KEY.slice(0, length - 1)}!`));
        if (right.length !== wrong.length) told.push(length);
      }
      expect(told.length).toBeGreaterThan(0);
      expect(told.length).toBeLessThan(12);
    });
  },
);

/** A scrub after so many guesses that they no longer influence the bytes it holds back. */
function guessedAt(): Scrub {
  const scrub = scrubber();
  for (let length = 14; length < 20; length += 1) atOnce(scrub, KEY.slice(0, length));
  return scrub;
}

test('then no more of a text arrives until it continues, but events do', () => {
  const scrub = guessedAt();
  expect(atOnce(scrub, 'some other text')).toBe('');
  expect(atOnce(scrub, 'data: one\n\n')).toBe('data: one\n\n');
  expect(atOnce(scrub, 'data: one\r\n\r\ndata: tw')).toBe('data: one\r\n\r\n');
  expect(atOnce(scrub, 'x'.repeat(20_000)).length).toBe(20_000 - 16 * 1024);
});

test('a whole answer arrives in the end without the secret, however it is cut', () => {
  const text = `begin\n\n${KEY} and ${Buffer.from(KEY).toString('base64')}\n\nend`;
  for (const scrub of [scrubber(), guessedAt()]) {
    for (let at = 1; at < text.length; at += 1) {
      const stream = scrub.stream();
      const parts = [text.slice(0, at), text.slice(at)].map((part) => stream.push(Buffer.from(part)));
      // The first three characters may show.
      expect(Buffer.concat([...parts, stream.end()]).toString()).toMatch(
        /^begin\n\n[sk*-]{3}\*{29} and [c2st*]{3}\*{40}=\n\nend$/,
      );
    }
  }
});

test('an honest host that repeats the secret in pieces, or public texts with parts of it, does not count as guessing', () => {
  const scrub = scrubber();
  for (let round = 0; round < 40; round += 1) {
    const stream = scrub.stream();
    for (const part of [`a ${KEY.slice(0, 20)}`, KEY.slice(20, 25), `${KEY.slice(25)} b`])
      stream.push(Buffer.from(part));
    atOnce(scrub, `begins with ${PREFIX}`);
    for (const end of ['&amp;am', '%25', '\\\\u007', '\r\n      ']) atOnce(scrub, `cut in an escape${end}`);
  }
  expect(atOnce(scrub, 'some other text')).toBe('some other text');
});
