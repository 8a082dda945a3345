import { PassThrough, type Readable } from 'node:stream';
import { copyOutput } from './demultiplex.ts';
import type { EngineClient } from '../../engine/client.ts';

export interface ProgramOutput {
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Writes to the program's standard input, if `withInput` was set. */
  write(text: string): void;
  /** Closes the connection; the program goes on. */
  close(): void;
}

/**
 * The output of a container without a terminal. No log keeps it, so call this before the container starts. Both streams
 * end when the container does.
 */
export async function openOutput(
  client: EngineClient,
  container: string,
  { withInput = false }: { readonly withInput?: boolean } = {},
): Promise<ProgramOutput> {
  const socket = await client.upgrade({
    method: 'POST',
    path: `/containers/${container}/attach`,
    query: { stream: true, stdout: true, stderr: true, ...(withInput ? { stdin: true } : {}) },
  });
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const end = (): void => {
    stdout.end();
    stderr.end();
  };
  copyOutput(socket, { stdout, stderr }, false).then(end, end);
  return { stdout, stderr, write: (text) => void socket.write(text), close: () => socket.destroy() };
}
