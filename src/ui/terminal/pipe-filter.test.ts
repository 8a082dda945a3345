import xterm from '@xterm/headless';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runs } from '../../../test/support/runs.ts';
import { OutputFilter } from './filter.ts';

const ESC = '\u001b';
const BEL = '\u0007';

/**
 * The bytes that reach a pipe, including the end of the session; latin1, so that tests can contain text that is not
 * UTF-8.
 */
function piped(output: string): { readonly text: string; readonly hasChanged: boolean } {
  const filter = new OutputFilter('pipe');
  const chunks = [filter.filter(Buffer.from(output, 'latin1')), filter.finish()];
  return { text: Buffer.concat(chunks).toString('latin1'), hasChanged: filter.hasChanged };
}

const utf8 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

describe('a pipe', () => {
  test.each([
    ['text', `{"result": "done"}\r\n\t${utf8('日本語 😀')}`],
    ['colours that the program resets', `${ESC}[1;31mred${ESC}[0m${ESC}[32mgreen${ESC}[m`],
    ['a progress line', `10 %\r${ESC}[2K20 %\r${ESC}[K${ESC}[1A`],
  ])('a pipe gets %s byte for byte, with nothing added at the end', (_, output) => {
    expect(piped(output)).toEqual({ text: output, hasChanged: false });
  });

  test.each([
    ['the clipboard', `${ESC}]52;c;AAAA${BEL}`],
    ['a title', `${ESC}]0;mine${BEL}`],
    ['an 8-bit sequence', utf8('\u009d52;c;AAAA\u0007')],
    ['a sequence without an end', `${ESC}]52;c;AAAA`],
    ['a NUL', '\u0000'],
  ])('a pipe does not get %s, and the filter reports a change', (_, output) => {
    expect(piped(output)).toEqual({ text: '', hasChanged: true });
  });

  test('a pipe gets a reset of the colours that the program left on', () => {
    expect(piped(`${ESC}[31mred`).text).toBe(`${ESC}[31mred${ESC}[0m`);
  });

  test.each([`${ESC}[?1049h${ESC}[?25l`, `${ESC}[?1000;2004h`, `${ESC})0\u000e`])(
    'a pipe whose reader is a terminal leaves it as it was before %j',
    async (output) => {
      const terminal = new xterm.Terminal({ allowProposedApi: true });
      const before = { ...terminal.modes };
      const show = (text: string) => new Promise<void>((done) => terminal.write(text, done));
      await show(`${piped(output).text}q`);
      expect({ ...terminal.modes }).toEqual(before);
      expect(terminal.buffer.active.type).toBe('normal');
      expect(terminal.buffer.active.getLine(0)?.translateToString(true)).toBe('q');
    },
  );
});

test('the filter reports a change exactly where it made one', () => {
  const pieces = [
    ESC,
    `${ESC}]`,
    `${ESC}[`,
    `${ESC}\\`,
    BEL,
    '31m',
    '?3;25h',
    '0;t',
    'text',
    '\u00c2',
    '\u009d',
  ];
  const output = fc
    .array(fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: 'binary-ascii', maxLength: 3 })), {
      maxLength: 12,
    })
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(output, (text) => {
      const filter = new OutputFilter('pipe');
      const shown = filter.filter(Buffer.from(text, 'latin1')).toString('latin1');
      filter.finish();
      expect(filter.hasChanged).toBe(shown !== text);
    }),
    { numRuns: runs(3000) },
  );
});
