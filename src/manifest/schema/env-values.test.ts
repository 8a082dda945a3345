import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { envValueFault, parseEnvValue } from './env-values.ts';

const textOf = (value: string): string | undefined => {
  const parsed = parseEnvValue(value);
  return parsed.kind === 'question'
    ? undefined
    : parsed.parts.map((part) => ('text' in part ? part.text : `<${part.hostVariable}>`)).join('');
};

test.each([
  ['plain', 'plain'],
  ['', ''],
  ['${HOME}', '<HOME>'],
  ['a${HOME}b${PATH}c', 'a<HOME>b<PATH>c'],
  ['$HOME costs $5', '$HOME costs $5'],
  ['$${HOME}', '${HOME}'],
  ['$$$${HOME}', '$${HOME}'],
  ['$$${HOME}', '$<HOME>'],
  ['??really', '?really'],
  ['a?', 'a?'],
])('%s is %s', (value, text) => {
  expect(envValueFault(value)).toBeUndefined();
  expect(textOf(value)).toBe(text);
});

test('a value with a leading question mark is a question', () => {
  expect(parseEnvValue('? Which ticket ')).toEqual({ kind: 'question', question: 'Which ticket' });
});

test.each(['${', '${}', '${1A}', '${A-b}', '${A:-b}', 'x${A b}', '$${A}${', '?', '? ', 'a\0b'])(
  '%j is no value',
  (value) => {
    expect(envValueFault(value)).toBeDefined();
  },
);

test('any text can be written, with doubled dollar signs and question mark', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('$', '{', '}', '?', 'A', '\n', 'ü') }), (text) => {
      const written = (text.startsWith('?') ? '?' : '') + text.replaceAll('$', '$$$$');
      expect(envValueFault(written)).toBeUndefined();
      expect(textOf(written)).toBe(text);
    }),
  );
});
