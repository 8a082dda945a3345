import { PassThrough, type Readable } from 'node:stream';
import { copyOutput } from './engine/demultiplex.ts';
import type { EngineClient } from '../engine/client.ts';

export interface ProgramOutput {
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** To the program's standard input, where it was asked for. */
  write(text: string): void;
  /** Stops listening; the program goes on. */
  close(): void;
}

/**
 * What a container without a terminal says, from its first byte on: nothing keeps it, so this comes before its start.
 * Both streams end when the container does.
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
