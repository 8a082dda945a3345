import { ALTERNATE_SCREEN_MODES, PRIVATE_MODES } from './sequences.ts';

/**
 * Sequences that restore the user's terminal at the end of a session, whatever state the bottle's program left it in.
 */

const KITTY_KEYBOARD_POP_ALL = '\u001b[<99u';

/**
 * Each has no effect if there is nothing to restore. Saving the cursor prevents the reset of the margins from moving
 * it.
 */
const RESTORE = [
  ...PRIVATE_MODES.filter((mode) => mode.atEnd !== undefined).map(
    (mode) => `\u001b[?${mode.number}${mode.atEnd === 'set' ? 'h' : 'l'}`,
  ),
  KITTY_KEYBOARD_POP_ALL,
  '\u001b[=0u', // kitty keyboard flags of the screen itself
  '\u001b[>4;0m', // modifyOtherKeys
  '\u001b[4l', // insert mode
  '\u001b7\u001b[r\u001b8', // scroll margins
  '\u001b(B\u001b)B\u000f', // ASCII, not line drawing
  '\u001b>', // keypad
  '\u001b[0 q', // the cursor's shape
  '\u001b[0m', // colours
].join('');

/** Returns the mode that keeps the alternate screen on after `sequence`; undefined: the ordinary screen shows. */
export function alternateScreenAfter(sequence: string, before: number | undefined): number | undefined {
  if (sequence === '\u001bc') return undefined;
  const [, modes, switched] = /^\[\?([0-9;]+)([hl])$/.exec(sequence.slice(1)) ?? [];
  const mode = modes
    ?.split(';')
    .map(Number)
    .findLast((number) => ALTERNATE_SCREEN_MODES.includes(number));
  if (mode === undefined) return before;
  return switched === 'h' ? mode : undefined;
}

/**
 * Returns the sequence to send at the end. It leaves the alternate screen only if that is on: otherwise this would move
 * the cursor.
 */
export function restoreSequence(alternateScreen: number | undefined): string {
  // Each screen has separate keyboard flags: those of the alternate screen are reachable only while it shows.
  const leave = alternateScreen === undefined ? '' : `${KITTY_KEYBOARD_POP_ALL}\u001b[?${alternateScreen}l`;
  return leave + RESTORE;
}

/** The state that the sequences so far leave on a terminal: nothing, only colours, or a mode. */
export type Left = 'nothing' | 'colours' | 'modes';

const RESET_COLOURS = '\u001b[0m';

// oxlint-disable-next-line no-control-regex -- SGR (ECMA-48, 8.3.117)
const COLOURS = /^\u001b\[([0-9;:]*)m$/;
/** Moves the cursor, erases, scrolls or queries: leaves no state. */
// oxlint-disable-next-line no-control-regex -- CSI sequences of the table in sequences.ts
const PASSING = /^\u001b\[[0-9;:]*[@A-HI-MPSTXZ`a-gn]$/;

/** Returns the state left after `sequence`, given the state before it. */
export function whatIsLeft(sequence: string, before: Left): Left {
  if (before === 'modes' || PASSING.test(sequence)) return before;
  const [, parameters] = COLOURS.exec(sequence) ?? [];
  if (parameters === undefined) return 'modes';
  return parameters === '' || parameters === '0' ? 'nothing' : 'colours';
}

/** Like `restoreSequence`, for output to a pipe: empty if the program left no state on a terminal. */
export function restoreAfterPipe(left: Left, alternateScreen: number | undefined): string {
  if (left === 'modes') return restoreSequence(alternateScreen);
  return left === 'colours' ? RESET_COLOURS : '';
}
