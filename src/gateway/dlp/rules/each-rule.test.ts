import { describe, expect, test } from 'vitest';
import { crc62Of } from './checks.ts';
import { compileRules } from './compile.ts';
import { createPatternScan } from './match.ts';
import { allPinnedRules } from './pinned.ts';
import type { Rule } from './rule.ts';
import { randomFrom, sampleOf, type Sample } from './sample.testing.ts';

/**
 * Tests each pinned rule alone: it finds samples of its expression, `redact` leaves nothing of them, and it does not
 * find a part of them.
 */

const { rules, allowlists } = allPinnedRules();
/** Some of the drawn samples have too little entropy. */
const MOST_TRIES = 20;
/** Share of a sample that is less than a secret of any kind. */
const LEFT = 0.4;

interface Spans {
  (text: string): readonly (readonly [start: number, end: number])[];
}

/** Returns the places where a rule alone finds secrets in a text: those that `redact` overwrites. */
function spansBy(rule: Rule): Spans {
  const scan = createPatternScan(compileRules({ rules: [rule], allowlists }));
  return (text) => {
    const bytes = Buffer.from(text, 'latin1');
    return scan(bytes, [{ start: 0, end: bytes.length }], true).map(({ at, secret }) => [
      at,
      at + secret.length,
    ]);
  };
}

/** A text for the rule, with the checksum of its kind. The keyword that must stand near it comes first. */
function sampleFor({ regex, keywords, check }: Rule, seed: number): Sample {
  const before = `${keywords[0] ?? ''} // `;
  const { text, drawn } = sampleOf(regex, randomFrom(seed), true);
  const sealed =
    check === 'crc62'
      ? text.replace(/_([0-9A-Za-z]+)[0-9A-Za-z]{6}/, (_, body: string) => `_${body}${crc62Of(body)}`)
      : text;
  return { text: `${before}${sealed}\n`, drawn: drawn.map((place) => place + before.length) };
}

/** For kinds with a checksum of more than a line, public test vectors; for forms of files, the content of one. */
const WRITTEN: Readonly<Record<string, { readonly before: string; readonly secret: string }>> = {
  'age-secret-key': { before: ' ', secret: `AGE-SECRET-KEY-1${'GFPYYSJZ'.repeat(6)}GFPQ4EGAEX` },
  'bitcoin-private-key': { before: ' ', secret: '5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ' },
  'extended-private-key': {
    before: ' ',
    // BIP 32, test vector 1.
    secret:
      'xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi',
  },
  iban: { before: ' ', secret: 'DE89370400440532013000' },
  'kubernetes-secret-yaml': {
    before: 'kind: Secret\ndata:\n  ',
    secret: 'password: eDdRbTJacEw5dlR0NFJrVw==',
  },
  'named-secret-in-head': { before: '?AWS_SECRET_ACCESS_KEY=', secret: 'x7Qm2ZpL9vTt4RkW8sNc' },
  // NIP-19.
  'nostr-secret-key': {
    before: ' ',
    secret: 'nsec1vl029mgpspedva04g90vltkh6fvh240zqtv9k0t9af8935ke9laqsnlfe5',
  },
  'stellar-secret-seed': { before: ' ', secret: 'SBU2RRGLXH3E5CQHTD3ODLDF2BWDCYUSSBLLZ5GNW7JXHDIYKXZWHOKR' },
};

function samplesFor(rule: Rule): readonly Sample[] {
  const written = WRITTEN[rule.id];
  if (written === undefined) return Array.from({ length: MOST_TRIES }, (_, seed) => sampleFor(rule, seed));
  const { before, secret } = written;
  return [{ text: `${before}${secret}\n`, drawn: Array.from(secret, (_, place) => place + before.length) }];
}

describe.each(rules)('the rule $id', (rule) => {
  const spansOf = spansBy(rule);
  const samples = samplesFor(rule);

  test('finds and redacts a whole match', () => {
    const found = samples.filter(({ text }) => spansOf(text).length > 0);
    expect(found.length, samples[0]?.text).toBeGreaterThan(0);
    for (const { text, drawn } of found) {
      const spans = spansOf(text);
      const left = drawn.filter((place) => !spans.some(([start, end]) => place >= start && place < end));
      expect(left.map((place) => text.slice(place))).toEqual([]);
    }
  });

  test('does not find a part of a match', () => {
    for (const { text, drawn } of samples) {
      // If nothing is drawn, the expression fixes the whole text: the part is then the text without its first
      // character.
      const [from, to] =
        drawn.length > 0
          ? [drawn[Math.floor(drawn.length * LEFT)]!, drawn.at(-1)! + 1]
          : [text.indexOf(' // ') + 4, text.indexOf(' // ') + 5];
      const part = text.slice(0, from) + text.slice(to);
      expect(spansOf(part), part).toEqual([]);
    }
  });
});

test('a rule that is tried everywhere has no prefix that costs 50 tries at each place', () => {
  const idle = compileRules({ rules, allowlists })
    .map((rule) => ({ id: rule.id, ...rule.compile() }))
    .filter(({ regex }) => !regex.sticky && /^(?:\(\?:)*\[\\w\.-\]\{0,50\}\?/.test(regex.source));
  expect(idle.map(({ id }) => id)).toEqual([]);
});
