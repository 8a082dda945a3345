import { spawn, type ChildProcess } from 'node:child_process';

/** A process that outlives whoever starts it, and speaks once it is told to: by a file that appears. */

/** Stands in a text for what was told. */
export const WORD = 'WORD';

export interface Spoken {
  readonly host: string;
  readonly port: number;
  /** What is sent, with `WORD` in it. */
  readonly text: string;
}

/** It is deaf to what can be refused, and ends after a minute. */
const VOICE = `
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

/** Says it again and again from when the file can be read. */
export function speakWhenTold(path: string, spoken: Spoken): ChildProcess {
  const argv = ['-e', VOICE, path, JSON.stringify(spoken)];
  const child = spawn(process.execPath, argv, { detached: true, stdio: 'ignore' });
  child.unref();
  return child;
}
