/**
 * The gate: what an agent's container runs first. It waits for a word on its standard input, to which only its engine can
 * write, and then becomes the agent's program. So the container starts beside the launch checks, and nothing of the agent
 * has run when one of them fails (docs/adr/0070).
 */

/** As docker run(1) has it for what did not come to run. */
export const NOT_OPENED = 125;

/** End of file opens nothing: whoever should have opened the gate is gone. On a terminal that lives, it is the word. */
const SCRIPT = `read -r word || [ -t 0 ] || { echo 'bot-bottle: ended before it was let go' >&2; exit ${NOT_OPENED}; }; exec "$@"`;

/** The command line that waits, and then is `argv`. */
export const gated = (argv: readonly string[]): readonly string[] => ['/bin/sh', '-c', SCRIPT, 'sh', ...argv];

/** What opens the gate: a line, and on a terminal the one character that it does not echo, VEOF of termios(3). */
export const openingWord = (tty: boolean): string => (tty ? '\u0004' : '\n');
