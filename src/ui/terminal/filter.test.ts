import xterm from '@xterm/headless';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runs } from '../../../test/support/runs.ts';
import { OutputFilter } from './filter.ts';

const ESC = '\u001b';
const BEL = '\u0007';
const ST = `${ESC}\\`;

/** Maps bytes to characters one to one (latin1), so that tests can contain text that is not UTF-8. */
function filtered(...chunks: string[]): string {
  const filter = new OutputFilter();
  return chunks.map((chunk) => filter.filter(Buffer.from(chunk, 'latin1')).toString('latin1')).join('');
}

const utf8 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

describe('passes', () => {
  test.each([
    ['text', 'plain text\r\n\tand more\b'],
    ['other scripts', utf8('naïve 日本語 😀 e\u0301')],
    ['colours', `${ESC}[1;38:2::255:0:0;4:3mred${ESC}[0m`],
    ['cursor movement', `${ESC}[H${ESC}[10;20f${ESC}[2A${ESC}[K${ESC}[2J${ESC}[3J`],
    ['an alternate screen', `${ESC}[?1049h${ESC}[?25l`],
    ['mouse and bracketed paste', `${ESC}[?1000;1006h${ESC}[?2004h`],
    ['scroll margins and line drawing', `${ESC}[2;20r${ESC}(0lqqk${ESC}(B`],
    ['questions whose answer is a number', `${ESC}[6n${ESC}[c${ESC}[>c${ESC}[?u${ESC}[?2026$p`],
    ['the kitty keyboard protocol', `${ESC}[>1u${ESC}[<u`],
    ['the shape of the cursor', `${ESC}[4 q`],
  ])('the filter passes %s', (_, output) => {
    expect(filtered(output)).toBe(output);
  });

  test('the filter passes any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        // oxlint-disable-next-line no-control-regex -- what is left is text
        const printable = utf8(text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, ''));
        expect(filtered(printable)).toBe(printable);
      }),
    );
  });
});

describe('drops', () => {
  test.each([
    ['writing the clipboard', `${ESC}]52;c;cm0gLXJmIH4=${BEL}`],
    ['reading the clipboard', `${ESC}]52;c;?${ST}`],
    ['questions for colours, whose answer a shell would run', `${ESC}]10;?${ST}${ESC}]11;?${BEL}`],
    ['the clipboard behind another number', `${ESC}]11;?;52;c;AAAA${ST}`],
    ['the title', `${ESC}]0;mine${BEL}${ESC}]2;mine${ST}`],
    ['the title of screen and tmux', `${ESC}kmine${ST}`],
    ['the title stack, and reports of title and window', `${ESC}[22;0t${ESC}[21t${ESC}[18t${ESC}[8;1;1t`],
    ['links', `${ESC}]8;;file:///etc/passwd${ST}${ESC}]8;;${ST}`],
    ['files to iTerm2', `${ESC}]1337;File=name=eA==;inline=0:AAAA${BEL}`],
    ['notifications', `${ESC}]9;hello${BEL}${ESC}]777;notify;a;b${BEL}`],
    ['colours that hide text', `${ESC}]10;#000000${BEL}${ESC}]11;#000000${BEL}${ESC}]4;1;#000${BEL}`],
    ['shell integration', `${ESC}]133;A${BEL}${ESC}]633;E;rm${BEL}`],
    ['the font', `${ESC}]50;?${BEL}`],
    ['DECRQSS', `${ESC}P$qm${ST}`],
    ['termcap questions', `${ESC}P+q544e${ST}`],
    ['a passage through tmux', `${ESC}Ptmux;${ESC}${ESC}]52;c;AAAA${BEL}${ST}`],
    ['sixel and kitty pictures', `${ESC}Pq#0${ST}${ESC}_Ga=T;AAAA${ST}`],
    ['privacy messages and strings', `${ESC}^x${ST}${ESC}Xx${ST}`],
    ['the answerback', '\u0005'],
    ['who are you', `${ESC}Z${ESC}[=c${ESC}[>q${ESC}[x`],
    ['reading the screen', `${ESC}[1;1;1;1;20;80*y${ESC}[1$w`],
    ['printing', `${ESC}[5i${ESC}[?4i`],
    ['the status line', `${ESC}[1$}`],
    ['leaving UTF-8, and 8-bit controls', `${ESC}%@${ESC} G${ESC}[62;0"p`],
    ['8-bit controls in UTF-8', utf8('\u009d52;c;AAAA\u0007\u009b21t\u0090$qm\u009c\u0085')],
    ['keyboard lock and window size', `${ESC}[2h${ESC}[?3h`],
    ['counts that keep a terminal busy', `${ESC}[2147483647b`],
  ])('the filter drops %s', (_, output) => {
    expect(filtered(output)).toBe('');
  });

  test('the filter drops only the forbidden ones of several modes', () => {
    expect(filtered(`${ESC}[?3;1049;6h`)).toBe(`${ESC}[?1049h`);
  });

  test('the filter drops a command of any length in bounded memory', () => {
    const filter = new OutputFilter();
    filter.filter(Buffer.from(`${ESC}]52;c;`));
    for (let index = 0; index < 1000; index += 1) filter.filter(Buffer.alloc(1000, 'A'));
    expect(filter.filter(Buffer.from(`${BEL}after`)).toString()).toBe('after');
  });
});

describe('malformed sequences', () => {
  test.each([
    ['cut by another', `${ESC}]52;c;AA${ESC}[31mred`, `${ESC}[31mred`],
    ['with a control in it', `${ESC}[3\n1mx`, '\n1mx'],
    ['cancelled', `${ESC}[3\u00181mx${ESC}]0;a\u001ab`, '1mxb'],
    ['with a byte that is not ASCII', `${ESC}[3${utf8('é')}m`, utf8('ém')],
    ['escaped twice', `${ESC}${ESC}[0m`, `${ESC}[0m`],
    ['bytes that are not UTF-8', 'a\u00ffb\u00c3(\u009b31m', utf8('a\ufffdb\ufffd(\ufffd31m')],
    ['overlong forms of ESC', '\u00c0\u009b]52;c;AA\u0007', `${utf8('\ufffd\ufffd')}]52;c;AA${BEL}`],
  ])('a malformed sequence is dropped, and the text after it passes: %s', (_, output, expected) => {
    expect(filtered(output)).toBe(expected);
  });
});

const PIECES = [
  [ESC, `${ESC}]`, `${ESC}[`, `${ESC}P`, `${ESC}_`, `${ESC}^`, `${ESC}X`, `${ESC}k`, ST, BEL],
  ['52;c;AAAA', '0;title', '8;;http://x', '1337;File=', '11;?', '$qm', '+q', 'tmux;', '?1049h', '?2004h'],
  ['21t', '22;0t', '5i', '6n', '?3h', '*y', '"p', '31m', '>q', '=c', '%@', ' G', 'c', 'text'],
  ['\u0005', '\u0018', '\u001a', '\u0000', '\u007f', '\n'],
  ['\u009d', '\u009b', '\u0090', '\u009c', '\u00c2', '\u00c2\u009d', '\u00c2\u009b', '\u00e2\u009c'],
].flat();

/** Output of an attacker: pieces of sequences, cut and nested at random. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(...PIECES),
      fc.string({ maxLength: 4 }),
      fc.uint8Array({ maxLength: 3 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
    ),
    { maxLength: 24 },
  )
  .map((pieces) => pieces.join(''));

describe('for any output', () => {
  test("the filter's output does not depend on the chunks", () => {
    fc.assert(
      fc.property(hostile, fc.array(fc.nat(60), { maxLength: 6 }), (output, cuts) => {
        const places = [0, ...cuts.toSorted((a, b) => a - b), output.length];
        const chunks = places.map((place, index) => output.slice(place, places[index + 1] ?? output.length));
        expect(filtered(...chunks)).toBe(filtered(output));
      }),
      { numRuns: runs(2000) },
    );
  });

  test('filtered output passes a second filter unchanged', () => {
    fc.assert(
      fc.property(hostile, (output) => {
        expect(filtered(filtered(output))).toBe(filtered(output));
      }),
      { numRuns: runs(2000) },
    );
  });

  test('an independent terminal receives nothing forbidden', async () => {
    await fc.assert(
      fc.asyncProperty(hostile, async (output) => {
        expect(await forbiddenSeenBy(filtered(output))).toEqual([]);
      }),
      { numRuns: runs(500) },
    );
  });
});

test('the independent terminal detects unfiltered output (control)', async () => {
  expect(await forbiddenSeenBy(`${ESC}]52;c;AAAA${BEL}${ESC}P$qm${ST}${ESC}[21t`)).toEqual([
    'OSC 52',
    'DCS',
    'CSI t',
  ]);
});

/** The sequences in `output` that xterm.js recognises and that must not pass. */
async function forbiddenSeenBy(output: string): Promise<string[]> {
  const windowOptions = { getWinTitle: true, pushTitle: true, setWinLines: true, getWinSizeChars: true };
  const terminal = new xterm.Terminal({ allowProposedApi: true, windowOptions });
  const seen: string[] = [];
  const see = (name: string) => () => seen.push(name) > 0;
  for (const number of [0, 1, 2, 4, 7, 8, 9, 12, 50, 52, 104, 133, 633, 777, 1337])
    terminal.parser.registerOscHandler(number, see(`OSC ${number}`));
  for (const number of [10, 11])
    terminal.parser.registerOscHandler(number, (data) =>
      data === '?' ? false : seen.push('OSC colour') > 0,
    );
  for (const kind of [{}, { intermediates: '$' }, { intermediates: '+' }, { prefix: '>' }])
    for (const final of ['q', 'p', 'r', 't'])
      terminal.parser.registerDcsHandler({ ...kind, final }, see('DCS'));
  for (const final of ['t', 'i', 'x', 'q', 'p'])
    terminal.parser.registerCsiHandler({ final }, see(`CSI ${final}`));
  terminal.parser.registerCsiHandler({ prefix: '>', final: 'q' }, see('CSI > q'));
  terminal.parser.registerCsiHandler({ prefix: '=', final: 'c' }, see('CSI = c'));
  terminal.parser.registerCsiHandler({ intermediates: '*', final: 'y' }, see('CSI * y'));
  terminal.parser.registerCsiHandler({ intermediates: '"', final: 'p' }, see('CSI " p'));
  terminal.parser.registerEscHandler({ intermediates: '%', final: '@' }, see('ESC % @'));
  await new Promise<void>((resolve) => terminal.write(Buffer.from(output, 'latin1'), resolve));
  terminal.dispose();
  return seen;
}

describe('the end of a session', () => {
  test('the end of a session drops an unfinished sequence', () => {
    const filter = new OutputFilter();
    filter.filter(Buffer.from(`${ESC}]52;c;AA`));
    expect(filter.finish().toString('latin1')).toBe(new OutputFilter().finish().toString('latin1'));
  });

  test.each([1049, 1047, 47])(
    'the end of a session leaves alternate screen %i only where it is on',
    (mode) => {
      const filter = new OutputFilter();
      const ordinary = filter.finish().toString('latin1');
      filter.filter(Buffer.from(`${ESC}[?25;${mode}h`));
      expect(filter.finish().toString('latin1')).toContain(`${ESC}[?${mode}l`);
      filter.filter(Buffer.from(`${ESC}[?${mode}h${ESC}[?${mode}l`));
      expect(filter.finish().toString('latin1')).toBe(ordinary);
    },
  );

  test('the end of a session restores a terminal', async () => {
    const terminal = new xterm.Terminal({ allowProposedApi: true });
    const write = (bytes: Uint8Array | string) =>
      new Promise<void>((resolve) => terminal.write(bytes, resolve));
    await write('prompt$ ');
    const [before, cursor] = [{ ...terminal.modes }, terminal.buffer.active.cursorX];
    const filter = new OutputFilter();
    const hostileEnd = `${ESC}[?1049;1000;1006;1004;2004;1;66;5h${ESC}[?7;25l${ESC}[4h${ESC}[3;5r${ESC}(0${ESC}=${ESC}[31m`;
    await write(filter.filter(Buffer.from(hostileEnd)));
    expect({ ...terminal.modes }).not.toEqual(before);
    await write(filter.finish());
    expect({ ...terminal.modes }).toEqual(before);
    expect(terminal.buffer.active.type).toBe('normal');
    expect(terminal.buffer.active.cursorX).toBe(cursor);
    await write('q');
    expect(terminal.buffer.active.getLine(0)?.translateToString(true)).toBe('prompt$ q');
  });
});
