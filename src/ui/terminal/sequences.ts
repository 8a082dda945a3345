/**
 * The control sequences of a bottle that reach the user's terminal. Everything that these tables do not list is
 * dropped: a new extension of some terminal stays blocked until somebody argues for it here.
 *
 * Sources: ECMA-48; "XTerm Control Sequences" (ctlseqs); the kitty keyboard protocol; terminal CVEs such as 2003-0063
 * (title report), 2008-2383 (DECRQSS), 2022-45063 (font query) and the OSC 52 clipboard.
 */

interface Mode {
  readonly number: number;
  /** State of the mode at the end of a session; undefined: unchanged. */
  readonly atEnd?: 'set' | 'reset';
}

/**
 * Modes of the private number space (DECSET). Omitted on purpose: 3 resizes the window, 6 moves the cursor when reset.
 */
export const PRIVATE_MODES: readonly Mode[] = [
  { number: 1, atEnd: 'reset' }, // cursor keys send application codes
  { number: 5, atEnd: 'reset' }, // reverse video: the visual bell
  { number: 7, atEnd: 'set' }, // wrap at the right margin
  { number: 9, atEnd: 'reset' }, // mouse, X10
  { number: 12 }, // blinking cursor: terminals differ in the default
  { number: 25, atEnd: 'set' }, // the cursor shows
  { number: 47 }, // alternate screen: the filter's end leaves it, if it is on
  { number: 66, atEnd: 'reset' }, // keypad sends application codes
  { number: 1000, atEnd: 'reset' }, // mouse buttons
  { number: 1002, atEnd: 'reset' }, // mouse drags
  { number: 1003, atEnd: 'reset' }, // mouse movement
  { number: 1004, atEnd: 'reset' }, // focus events
  { number: 1005, atEnd: 'reset' }, // mouse coordinates as UTF-8
  { number: 1006, atEnd: 'reset' }, // mouse coordinates as SGR
  { number: 1015, atEnd: 'reset' }, // mouse coordinates as urxvt
  { number: 1016, atEnd: 'reset' }, // mouse coordinates in pixels
  { number: 1047 }, // alternate screen
  { number: 1048 }, // save and restore the cursor
  { number: 1049 }, // alternate screen with the cursor saved
  { number: 2004, atEnd: 'reset' }, // bracketed paste
  { number: 2026, atEnd: 'reset' }, // synchronized output
  { number: 2027, atEnd: 'reset' }, // grapheme clusters
];

export const ALTERNATE_SCREEN_MODES: readonly number[] = [47, 1047, 1049];

const INSERT_MODE = 4;
const PRIVATE_MODE_NUMBERS: ReadonlySet<number> = new Set(PRIVATE_MODES.map((mode) => mode.number));

/** The parameters that a sequence may have: any numbers, exactly one of these texts, or the modes of a table. */
type Parameters = 'any' | readonly string[] | ReadonlySet<number>;

/**
 * CSI sequences by prefix, intermediate and final character. Full-screen programs need the reports among them (DA, DSR,
 * DECRQM, kitty's `?u`). The terminal's answers are only numbers, and go to the bottle that asked. Omitted, for
 * example: `t` (window, title report), `i` (printing), `*y` (reads the screen), `"p` (8-bit controls), `$}` (status
 * line).
 */
const CONTROL_SEQUENCES: Readonly<Record<string, Parameters>> = {
  ...Object.fromEntries('@ABCDEFGHIJKLMPSTXZ`abdefgmrsu'.split('').map((final) => [final, 'any' as const])),
  c: ['', '0'],
  n: ['5', '6'],
  h: new Set([INSERT_MODE]),
  l: new Set([INSERT_MODE]),
  '?h': PRIVATE_MODE_NUMBERS,
  '?l': PRIVATE_MODE_NUMBERS,
  '?J': 'any',
  '?K': 'any',
  '?n': ['6'],
  '?u': [''],
  '?$p': 'any',
  $p: 'any',
  '>c': ['', '0'],
  '>m': ['4', '4;0', '4;1', '4;2'], // modifyOtherKeys
  '>u': 'any', // kitty keyboard: push, pop, set
  '<u': 'any',
  '=u': 'any',
  ' q': 'any', // the cursor's shape
  '!p': [''], // soft reset
};

/**
 * `ESC` and one or two characters. Omitted: `%@` (leaves UTF-8), ` G` (8-bit controls), `Z` (asks for the terminal's
 * identity), `N`, `O` and locking shifts.
 */
const ESCAPE_SEQUENCES: ReadonlySet<string> = new Set([
  '7', // save the cursor
  '8', // restore the cursor
  'D', // line feed
  'E', // next line
  'H', // tab stop
  'M', // reverse line feed
  '=', // keypad sends application codes
  '>', // keypad sends digits
  'c', // reset
  ...['(', ')', '*', '+'].flatMap((set) => ['0', 'A', 'B'].map((charset) => set + charset)), // line drawing, ASCII
]);

const SHAPE = /^([<=>?]?)([0-9;:]*)([ -/]*)([@-~])$/;
/** Terminals loop over counts and keep every parameter. No program needs more than 5 digits and 32 parameters. */
const PARAMETERS = /^(?:\d{0,5}[;:]){0,31}\d{0,5}$/;

/** Returns the sequence to send for `CSI body`, or undefined to drop it. Keeps only the listed modes. */
export function controlSequence(body: string): string | undefined {
  const [, prefix = '', text = '', intermediates = '', final = ''] = SHAPE.exec(body) ?? [];
  const allowed = Object.hasOwn(CONTROL_SEQUENCES, prefix + intermediates + final)
    ? CONTROL_SEQUENCES[prefix + intermediates + final]
    : undefined;
  if (allowed === undefined || !PARAMETERS.test(text)) return undefined;
  const kept = keptParameters(text, allowed);
  return kept === undefined ? undefined : `\u001b[${prefix}${kept}${intermediates}${final}`;
}

function keptParameters(text: string, allowed: Parameters): string | undefined {
  if (allowed === 'any') return text;
  if (!(allowed instanceof Set)) return (allowed as readonly string[]).includes(text) ? text : undefined;
  const modes = text.split(';').filter((mode) => /^\d+$/.test(mode) && allowed.has(Number(mode)));
  return modes.length === 0 ? undefined : modes.join(';');
}

/** Returns the sequence to send for `ESC body`, or undefined to drop it. */
export function escapeSequence(body: string): string | undefined {
  return ESCAPE_SEQUENCES.has(body) ? `\u001b${body}` : undefined;
}
