import { READ_FRAMES } from './input-frames.ts';

/**
 * The gate: the first program in an agent's container. It waits for a line on its standard input, to which only its
 * engine can write, and then becomes the agent's program. So the container can start while the launch checks run, and
 * if one fails, no code of the agent has run (docs/adr/0070).
 */

/** The exit code of docker run(1) for a container that did not start. */
export const NOT_OPENED = 125;

/**
 * Restores the packed variables. They travel under other names, so that neither the dynamic loader nor the gate's shell
 * obeys them (LD_PRELOAD, BASH_ENV): they may load files of the project. This script gives each variable its own name
 * back, and removes every packed one. No shell can set some names (UID in bash); those stay unset.
 */
const UNPACK = [
  'for BOT_BOTTLE_SET in ENV EXEC; do',
  'eval "BOT_BOTTLE_NAMES=\\$BOT_BOTTLE_NAMES_$BOT_BOTTLE_SET";',
  'for BOT_BOTTLE_NAME in $BOT_BOTTLE_NAMES; do',
  'eval "command export \\"$BOT_BOTTLE_NAME=\\$BOT_BOTTLE_${BOT_BOTTLE_SET}_$BOT_BOTTLE_NAME\\"";',
  'unset "BOT_BOTTLE_${BOT_BOTTLE_SET}_$BOT_BOTTLE_NAME";',
  'done; unset "BOT_BOTTLE_NAMES_$BOT_BOTTLE_SET"; done 2>/dev/null;',
  'unset BOT_BOTTLE_SET BOT_BOTTLE_NAMES BOT_BOTTLE_NAME;',
].join(' ');

/**
 * End of file does not open the gate: the launcher that should open it is gone. On a live terminal, end of file opens
 * it.
 */
const WAIT = `read -r word || [ -t 0 ] || { echo 'bot-bottle: ended before it was let go' >&2; exit ${NOT_OPENED}; };`;

const shell = (script: string, argv: readonly string[]): readonly string[] => [
  '/bin/sh',
  '-c',
  `${script} exec "$@"`,
  'sh',
  ...argv,
];

/** How a program gets its input: unchanged, or in the frames of input-frames.ts. */
export type InputForm = 'plain' | 'frames';

const READ_INPUT: Readonly<Record<InputForm, string>> = { plain: '', frames: READ_FRAMES };

/** A command line that waits for the gate to open, and then becomes `argv` with the variables of `packed`. */
export const gated = (argv: readonly string[], input: InputForm = 'plain'): readonly string[] =>
  shell(`${WAIT} ${UNPACK} ${READ_INPUT[input]}`, argv);

/** A command line that becomes `argv` with the variables of `packed` at once. */
export const unpacked = (argv: readonly string[], input: InputForm = 'plain'): readonly string[] =>
  shell(`${UNPACK} ${READ_INPUT[input]}`, argv);

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Renames variables for their way through the gate: a container's own, or those of one exec, which take precedence.
 * Pure.
 */
export function packed(
  env: Readonly<Record<string, string>>,
  set: 'ENV' | 'EXEC' = 'ENV',
): Readonly<Record<string, string>> {
  const variables = Object.entries(env).filter(([name]) => NAME.test(name));
  return {
    [`BOT_BOTTLE_NAMES_${set}`]: variables.map(([name]) => name).join(' '),
    ...Object.fromEntries(variables.map(([name, value]) => [`BOT_BOTTLE_${set}_${name}`, value])),
  };
}

/**
 * Like `packed`, for an agent's container: hides the image's variables from the gate, too, and restores them for the
 * agent. Pure.
 */
export const packedWithImage = (
  env: Readonly<Record<string, string>>,
  imageEnv: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> => ({
  // An engine adds the variables that the image sets and this call does not.
  ...Object.fromEntries(Object.keys(imageEnv).map((name) => [name, ''])),
  ...packed({ ...imageEnv, ...env }),
});

/**
 * The text that opens the gate: a newline, or on a terminal the one character that it does not echo, VEOF of
 * termios(3).
 */
export const openingWord = (tty: boolean): string => (tty ? '\u0004' : '\n');
