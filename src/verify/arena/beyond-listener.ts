import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { assetPath } from '../../host/paths.ts';
import { spawnProgram } from '../../host/run.ts';
import { openEars } from './ears.ts';
import { readLineAs } from './line.ts';

/** The program that listens beyond this host, in a network of its own: assets/arena/beyond.pl has what it says. */

const LINE = z.union([
  z.object({ ready: z.literal(1) }),
  z.object({ listens: z.number() }),
  z.object({ looked: z.number() }),
  z.object({ word: z.string(), way: z.string() }),
]);
type Line = z.infer<typeof LINE>;

/** What it answers, or why it does not, in words. */
export type Answer = Line | string;

/** It answers each line with one. */
export interface Listener extends AsyncDisposable {
  readonly pid: number;
  /** The ways by which a nonce came. */
  readonly heard: (nonce: string) => readonly string[];
  /** The next answer. */
  next(): Promise<Answer>;
  ask(text: string): Promise<Answer>;
}

const PATIENCE_MS = 30_000;
/** It ends with its input, or is ended. */
const END_DEADLINE_MS = 5_000;
const LONGEST_COMPLAINT = 2_000;
const MOST_QUOTED = 200;

/** A line of its own; undefined: it is none. Pure. */
export const readLine = (text: string): Line | undefined => readLineAs(LINE, text);

/** Starts it. */
export function startListener(): Listener {
  const child = spawnProgram('unshare', ['--net', 'perl', assetPath('arena/beyond.pl')], {
    stdio: 'pipe',
    env: { LC_ALL: 'C' }, // its complaints are read: why-nobody.ts
  });
  const { stdin, stdout, stderr } = child;
  if (stdin === null || stdout === null || stderr === null) throw new Error('pipes were asked for');
  stdin.on('error', () => undefined); // it has ended, which is seen by its silence
  let complaint = '';
  stderr.on(
    'data',
    (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-LONGEST_COMPLAINT)),
  );
  const ended = new Promise<string>((resolve) => {
    child.on('error', () => resolve('no unshare(1) here'));
    child.on('close', () => resolve(complaint.trim() || 'it ended without a word'));
  });
  const ears = openEars();
  const answers: ((line: Line) => void)[] = [];
  // From then on nothing that it says is believed, but what was heard stays heard.
  const unreadable = new Promise<string>((resolve) => {
    createInterface(stdout).on('line', (text) => {
      const line = readLine(text);
      if (line === undefined) resolve(`a line that cannot be read: ${text.slice(0, MOST_QUOTED)}`);
      else if ('word' in line) ears.begin(line.way)(line.word);
      else answers.shift()?.(line);
    });
  });
  const next = async (): Promise<Answer> =>
    await Promise.race([
      unreadable,
      new Promise<Line>((resolve) => answers.push(resolve)),
      ended,
      sleep(PATIENCE_MS, 'no answer', { ref: false }),
    ]);
  return {
    pid: child.pid ?? 0,
    heard: ears.heard,
    next,
    ask: async (text) => {
      const answer = next();
      stdin.write(`${text}\n`);
      return await answer;
    },
    [Symbol.asyncDispose]: async () => {
      stdin.end();
      const timer = setTimeout(() => child.kill('SIGKILL'), END_DEADLINE_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}
