import { describe, expect, test } from 'vitest';
import { DetachKey } from './raw.ts';

const ESC = '\u001b';

function type(...chunks: string[]) {
  const key = new DetachKey();
  const typed = chunks.map((chunk) => key.take(Buffer.from(chunk, 'latin1')));
  return {
    sent: typed.map(({ bytes }) => bytes.toString('latin1')),
    detached: typed.some(({ detach }) => detach),
  };
}

describe('the detach key', () => {
  test.each([
    ['in one piece', ['a\u0010\u0011b'], ['a']],
    ['in two pieces', ['\u0010', '\u0011'], ['', '']],
    ['after a first key that was meant for the program', ['\u0010\u0010\u0011'], ['\u0010']],
    ['with the kitty protocol', [`${ESC}[112;5u`, `${ESC}[113;5u`], ['', '']],
    ['with kitty events', [`${ESC}[112;5:1u`, `${ESC}[112;5:3u`, `${ESC}[113;5:1u`, 'x'], ['', '', '', 'x']],
    ['with modifyOtherKeys', [`${ESC}[27;5;112~${ESC}[27;5;113~`], ['']],
  ])('the detach key detaches %s', (_, chunks, sent) => {
    expect(type(...chunks)).toEqual({ sent, detached: true });
  });

  test.each([
    ['a single escape key at once', [ESC], [ESC]],
    ['Ctrl-q alone', ['\u0011'], ['\u0011']],
    ['Ctrl-p, with the key after it', ['\u0010', 'x'], ['', '\u0010x']],
    ['a kitty Ctrl-p, with the key after it', [`${ESC}[112;5u`, 'x'], ['', `${ESC}[112;5ux`]],
    ['bytes that are not ASCII', ['\u00e4\u0000\u00ff'], ['\u00e4\u0000\u00ff']],
  ])('the detach key passes %s', (_, chunks, sent) => {
    expect(type(...chunks)).toEqual({ sent, detached: false });
  });
});
