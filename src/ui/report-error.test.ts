import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { BottleError } from '../errors.ts';
import { errorAsJson, renderError } from './report-error.ts';

const HOSTILE = ['\u001b]52;c;ZXZpbA==\u0007\r\n2026 forged', 'a\u009b31m', 'a\u007fb\u202e'];

test.each(HOSTILE)('%j in an error moves no cursor', (text) => {
  const errors = [new BottleError('usage', text, { details: [text], fix: text }), new Error(text)];
  for (const error of errors) {
    const [first = '', ...rest] = renderError(error).split('\n');
    const shown = [stripOwnColour(first), ...rest.map(stripOwnColour)].join('');
    expect(shown).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(errorAsJson(error, 1)).toMatch(/^[ -~]*$/);
    expect(JSON.parse(errorAsJson(error, 1))).toMatchObject({ error: { message: text } });
  }
});

/** The label at the start of a line. */
function stripOwnColour(line: string): string {
  const label = stripVTControlCharacters(line.slice(0, line.indexOf(':') + 1));
  return label + line.slice(line.indexOf(':') + 1);
}
