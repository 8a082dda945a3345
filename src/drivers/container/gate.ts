import { READ_FRAMES } from './input-frames.ts';

/**
 * The gate: what an agent's container runs first. It waits for a word on its standard input, to which only its engine can
 * write, and then becomes the agent's program. So the container starts beside the launch checks, and nothing of the agent
 * has run when one of them fails (docs/adr/0070).
 */

/** As docker run(1) has it for what did not come to run. */
export const NOT_OPENED = 125;

/**
 * Variables travel under other names, so that neither the dynamic loader nor the shell of the gate obeys them (LD_PRELOAD,
 * BASH_ENV): what they load may be the project's. This gives each its own name back, and leaves no other. Some names no shell
 * sets (UID in bash): those are left out.
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

/** End of file opens nothing: whoever should have opened the gate is gone. On a terminal that lives, it is the word. */
const WAIT = `read -r word || [ -t 0 ] || { echo 'bot-bottle: ended before it was let go' >&2; exit ${NOT_OPENED}; };`;

const shell = (script: string, argv: readonly string[]): readonly string[] => [
  '/bin/sh',
  '-c',
  `${script} exec "$@"`,
  'sh',
  ...argv,
];

/** How a program's input comes: as it is, or in the frames of input-frames.ts. */
export type InputForm = 'plain' | 'frames';

const READ_INPUT: Readonly<Record<InputForm, string>> = { plain: '', frames: READ_FRAMES };

/** The command line that waits, and then is `argv` with the variables of `packed`. */
export const gated = (argv: readonly string[], input: InputForm = 'plain'): readonly string[] =>
  shell(`${WAIT} ${UNPACK} ${READ_INPUT[input]}`, argv);

/** The command line that is `argv` with the variables of `packed`, at once. */
export const unpacked = (argv: readonly string[], input: InputForm = 'plain'): readonly string[] =>
  shell(`${UNPACK} ${READ_INPUT[input]}`, argv);

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Variables under the names that they travel by: a container's own, or those of one exec, which win. Pure. */
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

/** The same for an agent's container: what its image sets is kept from the gate, too, and is the agent's. Pure. */
export const packedWithImage = (
  env: Readonly<Record<string, string>>,
  imageEnv: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> => ({
  // An engine adds what its image sets and we do not.
  ...Object.fromEntries(Object.keys(imageEnv).map((name) => [name, ''])),
  ...packed({ ...imageEnv, ...env }),
});

/** What opens the gate: a line, and on a terminal the one character that it does not echo, VEOF of termios(3). */
export const openingWord = (tty: boolean): string => (tty ? '\u0004' : '\n');
