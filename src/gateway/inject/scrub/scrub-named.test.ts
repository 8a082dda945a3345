import { describe, expect, test } from 'vitest';
import { createScrub } from './scrub.ts';
import { inPiecesStarred } from './scrubbing.testing.ts';

/**
 * HTML names (https://html.spec.whatwg.org/multipage/named-characters.html) of all ASCII characters that are not
 * letters or digits.
 */
const HTML_NAMES: readonly (readonly [char: string, names: string])[] = [
  ['\t', 'Tab'],
  ['!', 'excl'],
  ['"', 'quot QUOT'],
  ['#', 'num'],
  ['$', 'dollar'],
  ['%', 'percnt'],
  ['&', 'amp AMP'],
  ["'", 'apos'],
  ['(', 'lpar'],
  [')', 'rpar'],
  ['*', 'ast midast'],
  ['+', 'plus'],
  [',', 'comma'],
  ['.', 'period'],
  ['/', 'sol'],
  [':', 'colon'],
  [';', 'semi'],
  ['<', 'lt LT'],
  ['=', 'equals'],
  ['>', 'gt GT'],
  ['?', 'quest'],
  ['@', 'commat'],
  ['[', 'lsqb lbrack'],
  ['\\', 'bsol'],
  [']', 'rsqb rbrack'],
  ['^', 'Hat'],
  ['_', 'lowbar UnderBar'],
  ['`', 'grave DiacriticalGrave'],
  ['{', 'lcub lbrace'],
  ['|', 'verbar vert VerticalLine'],
  ['}', 'rcub rbrace'],
];

test.each(HTML_NAMES)('scrubs %j by its names in HTML, in pieces of any size', (char, names) => {
  const subject = createScrub([`p${char}ss${char}w0rd`]);
  for (const name of names.split(' ')) {
    for (const form of [`p&${name};ss&${name};w0rd`, `p&amp;${name};ss${char}w0rd`]) {
      for (const size of [1, 5, 100]) {
        const out = inPiecesStarred(subject, Buffer.from(`<b>${form}</b>`), [size]).toString();
        expect(out).toBe(`<b>${'*'.repeat(form.length)}</b>`);
      }
    }
  }
});

describe('a secret with spaces, as forms send it', () => {
  const SPACED = 'aB3d eF6h (iJ9l) mN2p';
  const subject = createScrub([SPACED]);
  const form = new URLSearchParams({ q: SPACED }).toString().slice('q='.length);

  test.each([form, encodeURIComponent(form), SPACED.replaceAll(' ', '+'), SPACED])(
    'is scrubbed: %s',
    (text) => {
      for (const size of [1, 7, 100]) {
        const out = inPiecesStarred(subject, Buffer.from(`q=${text}&x=1+1`), [size]).toString();
        expect(out).toBe(`q=${'*'.repeat(text.length)}&x=1+1`);
      }
    },
  );
});
