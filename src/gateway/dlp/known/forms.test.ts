import { describe, expect, test } from 'vitest';
import { formsOf } from './forms.ts';

/** The forms as text. */
const formsOfValue = (value: string): readonly string[] =>
  formsOf([{ name: 's', value, kind: 'secret' }]).map(({ bytes }) => Buffer.from(bytes).toString('latin1'));

describe('other spellings of a value', () => {
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
  ])('of %s are complete', (value, others) => {
    expect(formsOfValue(value)).toEqual(expect.arrayContaining([value, ...others]));
  });

  test('do not include hex for a text, because letters of a name are not digits', () => {
    expect(formsOfValue('correct horse')).toEqual(['correct horse', 'correct+horse']);
    expect(formsOfValue('hunter2!hunter2')).toEqual(['hunter2!hunter2']);
    expect(formsOfValue('hunter2!Hunter2!')).toEqual(['hunter2!Hunter2!']);
    expect(formsOfValue('correct-horse-battery')).not.toContain('CORRECT-HORSE-BATTERY');
  });
});
