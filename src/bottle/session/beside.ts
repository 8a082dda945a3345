import { PassThrough } from 'node:stream';
import { deadline, whenAborted } from '../../host/deadline.ts';
import { driverOf } from '../../drivers/index.ts';
import type { ExecRequest } from '../../drivers/driver.ts';
import type { BottleRecord } from '../state/record.ts';

/** Runs a program of bot-bottle in a running bottle. bot-bottle reads its output; the user does not see it. */

export interface BesideResult {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Number of output bytes that were kept until the program ended. */
  readonly keptBytes: number;
}

export interface BesideOrder extends Pick<ExecRequest, 'argv' | 'asRoot'> {
  readonly input: string;
  /** Timeout after which the program is killed. */
  readonly deadlineMs: number;
  /** Aborting it kills the program, too. */
  readonly signal: AbortSignal;
}

/** Maximum output that is kept of a program in a bottle: an attacker may print without end. */
const MOST_SAID = 4 * 1024 * 1024;

/** Runs the program to its end. @throws BottleError `usage` if the bottle does not run, or has no root */
export async function runBeside(
  { spec }: Pick<BottleRecord, 'spec'>,
  { input, deadlineMs, signal, ...order }: BesideOrder,
): Promise<BesideResult> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const said = [stdout, stderr].map(collect);
  const io = { tty: false, stdin, stdout, stderr, size: undefined };
  const session = await driverOf(spec.rung).exec(spec, { ...order, env: {}, cwd: spec.cwd }, io);
  stdin.end(input);
  const stop = deadline(deadlineMs, signal);
  const end = (): void => session.signal('SIGKILL');
  const letBe = whenAborted(stop, end);
  const exitCode = await session.exitCode.finally(letBe);
  const kept = said.map((bytes) => bytes());
  const keptBytes = kept.reduce((sum, { length }) => sum + length, 0);
  const [out = '', err = ''] = kept.map((bytes) => bytes.toString('utf8').slice(0, MOST_SAID));
  return { exitCode, stdout: out, stderr: err, keptBytes };
}

function collect(stream: PassThrough): () => Buffer {
  const chunks: Buffer[] = [];
  let length = 0;
  stream.on('data', (chunk: Buffer) => {
    if (length < MOST_SAID) chunks.push(chunk);
    length += chunk.length;
  });
  return () => Buffer.concat(chunks);
}
