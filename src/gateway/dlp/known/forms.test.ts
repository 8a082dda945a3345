import { describe, expect, test } from 'vitest';
import { createInspector } from '../inspector.ts';
import { pass } from '../passing.testing.ts';
import { formsOf } from './forms.ts';

/** Escapes a value with letters of one byte each. */
const escaped = (value: string): string =>
  [...Buffer.from(value, 'latin1')].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');

/** The forms as text. */
const formsOfValue = (value: string): readonly string[] =>
  formsOf([{ name: 's', value, kind: 'secret' }]).map(({ bytes }) => Buffer.from(bytes).toString('latin1'));

describe('a value is looked for in each way that it is written', () => {
  test.each([
    ['0123456789abcdef', ['0123456789ABCDEF']],
    ['0123456789ABCDEF', ['0123456789abcdef']],
    [
      '123e4567-e89b-12d3-a456-426614174000',
      [
        '123E4567-E89B-12D3-A456-426614174000',
        '123e4567e89b12d3a456426614174000',
        '123E4567E89B12D3A456426614174000',
      ],
    ],
    ['aB3/xY9+kLm2Q0==', ['aB3_xY9-kLm2Q0==']],
    ['aB3_xY9-kLm2Q0', ['aB3/xY9+kLm2Q0']],
    ['pass word with blanks', ['pass+word+with+blanks']],
    ['sk_live_51h8xyzq', ['SK_LIVE_51H8XYZQ']],
    ['MFRGGZDFMZTWQ2LK', ['mfrggzdfmztwq2lk']],
  ])('%s', (value, others) => {
    expect(formsOfValue(value)).toEqual(expect.arrayContaining([value, ...others]));
  });

  test.each<[string, (value: string) => Buffer]>([
    ['a byte for each letter', (value) => Buffer.from(value, 'latin1')],
    ['UTF-16', (value) => Buffer.from(value, 'utf16le')],
    ['UTF-16, the other way', (value) => Buffer.from(value, 'utf16le').swap16()],
    ['UTF-16 in base64', (value) => Buffer.from(Buffer.from(value, 'utf16le').toString('base64'))],
    ['what JavaScript calls escape', (value) => Buffer.from(escaped(value))],
    ['marks by themselves', (value) => Buffer.from(value.normalize('NFD'))],
  ])('letters beyond ASCII, in %s', (_, write) => {
    for (const value of ['Übergrößenträger', 'ä1ö2ü3ß4é5']) {
      const by = createInspector({ secrets: [{ name: 's', value, kind: 'secret' }], rules: [] });
      const bytes = Buffer.concat([Buffer.from('key: '), write(value), Buffer.from('\n')]);
      expect(pass([bytes], {}, by).blocked).toBe(true);
    }
  });

  test('letters that are not of Europe, in UTF-16', () => {
    const value = 'пароль-сложный';
    const by = createInspector({ secrets: [{ name: 's', value, kind: 'secret' }], rules: [] });
    expect(pass([Buffer.from(value, 'utf16le')], {}, by).blocked).toBe(true);
  });

  test('and in no other: letters of a name are not digits', () => {
    expect(formsOfValue('correct horse')).toEqual(['correct horse', 'correct+horse']);
    expect(formsOfValue('hunter2!hunter2')).toEqual(['hunter2!hunter2']);
    expect(formsOfValue('hunter2!Hunter2!')).toEqual(['hunter2!Hunter2!']);
    expect(formsOfValue('correct-horse-battery')).not.toContain('CORRECT-HORSE-BATTERY');
  });
});
