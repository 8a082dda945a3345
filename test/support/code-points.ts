import * as fc from 'fast-check';

const SURROGATES_START = 0xd800;
const SURROGATES = 0x800;

function indexOf(text: unknown): number {
  const code = typeof text === 'string' ? (text.codePointAt(0) ?? -1) : -1;
  if (code < 0 || String.fromCodePoint(code) !== text) throw new Error('not one code point');
  return code < SURROGATES_START ? code : code - SURROGATES;
}

/**
 * Any code point, as `unit` of a text. Like fast-check's `binary`, but without its table of a million entries, which
 * takes a second to make.
 */
export const anyCodePoint = fc
  .integer({ min: 0, max: 0x10ffff - SURROGATES })
  .map((index) => String.fromCodePoint(index < SURROGATES_START ? index : index + SURROGATES), indexOf);
