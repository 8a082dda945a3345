/** An error of nerdctl: one line of its log on standard error, and exit code 1 (main.go: log.L.Fatal). */
export class Failure extends Error {
  override readonly name = 'Failure';
}

/** Writes a line to standard error as logrus's TextFormatter does without a terminal. */
export function log(level: 'fatal' | 'error' | 'warning', message: string): void {
  const time = `${new Date().toISOString().slice(0, 'yyyy-mm-ddThh:mm:ss'.length)}Z`;
  process.stderr.write(`time="${time}" level=${level} msg=${JSON.stringify(message)}\n`);
}
