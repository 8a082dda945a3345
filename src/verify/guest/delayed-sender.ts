import { spawn, type ChildProcess } from 'node:child_process';

/** A process that outlives its parent and sends a message once a given file appears. */

/** Placeholder in a text for the content of that file. */
export const WORD = 'WORD';

export interface Message {
  readonly host: string;
  readonly port: number;
  /** The text to send, containing `WORD`. */
  readonly text: string;
}

/** Ignores SIGTERM, SIGHUP and SIGINT, and ends after a minute. */
const PROGRAM = `
  const { readFileSync } = require('node:fs');
  const { connect } = require('node:net');
  const [path, spoken] = process.argv.slice(1);
  const { host, port, text } = JSON.parse(spoken);
  const told = () => {
    try {
      return readFileSync(path, 'utf8').trim();
    } catch {
      return ''; // not there yet, or not yet for us to read
    }
  };
  const send = (word) => {
    const socket = connect({ host, port }, () => socket.write(text.replace('${WORD}', word)));
    socket.on('error', () => undefined).on('data', () => socket.destroy());
  };
  for (const name of ['SIGTERM', 'SIGHUP', 'SIGINT']) process.on(name, () => undefined);
  let beats = 0;
  setInterval(() => {
    if ((beats += 1) > 600) process.exit();
    const word = told();
    if (word !== '') send(word);
  }, 100);
`;

/** Starts the process: it sends the message repeatedly as soon as it can read the file at `path`. */
export function startDelayedSender(path: string, spoken: Message): ChildProcess {
  const argv = ['-e', PROGRAM, path, JSON.stringify(spoken)];
  const child = spawn(process.execPath, argv, { detached: true, stdio: 'ignore' });
  child.unref();
  return child;
}
