import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type * as z from 'zod';
import { spawnProgram } from '../../../host/run.ts';

/**
 * A program that listens where Node cannot. It prints what it hears, and answers each line of its input with one line.
 */
export interface LineProgram<Line> extends AsyncDisposable {
  readonly pid: number;
  /** Returns the next answer, or the reason why there is none, as text. */
  next(): Promise<Line | string>;
  /** Sends this line, and returns the answer. */
  ask(text: string): Promise<Line | string>;
}

export interface LineProgramOrder<Line> {
  readonly argv: readonly [program: string, ...args: string[]];
  readonly env?: Record<string, string>;
  readonly schema: z.ZodType<Line>;
  /** Takes a line that reports something heard; returns false if the line is an answer. */
  readonly hear: (line: Line) => boolean;
  /** Returns why it ended, from the end of its standard error. */
  readonly whyEnded: (complaint: string) => string;
  /** The reason to give when it did not start. */
  readonly missing: string;
}

const PATIENCE_MS = 30_000;
/** Timeout, in milliseconds, after which it is killed if it did not end with its input. */
const END_DEADLINE_MS = 5_000;
const LONGEST_COMPLAINT = 2_000;
const MOST_QUOTED = 200;

/** Starts the program. */
export function startLineProgram<Line>(order: LineProgramOrder<Line>): LineProgram<Line> {
  const { argv, env, schema, hear, whyEnded, missing } = order;
  const [program, ...args] = argv;
  const child = spawnProgram(program, args, { stdio: 'pipe', ...(env === undefined ? {} : { env }) });
  const { stdin, stdout, stderr } = child;
  if (stdin === null || stdout === null || stderr === null) throw new Error('pipes were asked for');
  stdin.on('error', () => undefined); // the program has ended, so there will be no answer
  let complaint = '';
  stderr.on(
    'data',
    (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-LONGEST_COMPLAINT)),
  );
  const ended = new Promise<string>((resolve) => {
    child.on('error', () => resolve(missing));
    child.on('close', () => resolve(whyEnded(complaint)));
  });
  const answers: ((line: Line) => void)[] = [];
  // After an unreadable line, `next` returns no more answers, but what was heard still counts.
  const unreadable = new Promise<string>((resolve) => {
    createInterface(stdout).on('line', (text) => {
      const line = readLineAs(schema, text);
      if (line === undefined) resolve(`a line that cannot be read: ${text.slice(0, MOST_QUOTED)}`);
      else if (!hear(line)) answers.shift()?.(line);
    });
  });
  const next = async (): Promise<Line | string> =>
    await Promise.race([
      unreadable,
      new Promise<Line>((resolve) => answers.push(resolve)),
      ended,
      sleep(PATIENCE_MS, 'no answer', { ref: false }),
    ]);
  return {
    pid: child.pid ?? 0,
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

/** Parses a line by this schema; undefined for any other line. Pure. */
export function readLineAs<Line>(schema: z.ZodType<Line>, text: string): Line | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
