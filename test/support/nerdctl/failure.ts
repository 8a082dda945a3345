/** How the real program fails: one line of its log on standard error, and exit code 1 (main.go: log.L.Fatal). */

/** What is said, in its words. */
export class Failure extends Error {
  override readonly name = 'Failure';
}

/** One that the real program would not have. */
export const notImitated = (what: string): Failure => new Failure(`${what}: not imitated by this stand-in`);

export type Level = 'fatal' | 'error' | 'warning';

/** A line as logrus's TextFormatter writes it where standard error is no terminal. */
function logLine(level: Level, message: string, fields: Readonly<Record<string, string>> = {}): string {
  const more = Object.entries(fields).map(([key, value]) => ` ${key}=${quoted(value)}`);
  return `time="${timeNow()}" level=${level} msg=${quoted(message)}${more.join('')}\n`;
}

/** Says so on standard error, and goes on. */
export function log(level: Level, message: string, fields?: Readonly<Record<string, string>>): void {
  process.stderr.write(logLine(level, message, fields));
}

const timeNow = (): string => `${new Date().toISOString().slice(0, 'yyyy-mm-ddThh:mm:ss'.length)}Z`;

/** Unquoted only where there is nothing but these (logrus: text_formatter.go, needsQuoting). */
const quoted = (text: string): string => (/^[a-zA-Z0-9\-._/@^+]+$/.test(text) ? text : goQuoted(text));

/** A text as Go's %q writes it. */
export const goQuoted = (text: string): string => JSON.stringify(text);
