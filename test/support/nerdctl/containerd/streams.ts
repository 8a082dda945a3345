import { execFileSync } from 'node:child_process';
import { closeSync, constants, fstatSync, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';

/** The streams of a program in a container: pipes with names, as containerd's client makes them (pkg/cio/io_unix.go). */

export interface Streams {
  readonly paths: { readonly stdin?: string; readonly stdout: string; readonly stderr: string };
  /** The other ends are open: data may flow. `closeStdin` is called at the end of standard input; without it nothing of it goes in. */
  started(closeStdin: (() => Promise<void>) | undefined): void;
  /** All output has come. */
  drained(): Promise<void>;
  remove(): void;
}

const DESCRIPTORS = { stdin: 0, stdout: 1, stderr: 2 } as const;

/** Makes the pipes, and opens this program's ends of them. */
export function openStreams(parentDir: string, name: string, withStdin: boolean): Streams {
  mkdirSync(parentDir, { recursive: true });
  const dir = mkdtempSync(join(parentDir, 'fifo-'));
  const pathOf = (stream: string): string => join(dir, `${name}-${stream}`);
  const names = withStdin ? (['stdin', 'stdout', 'stderr'] as const) : (['stdout', 'stderr'] as const);
  execFileSync('mkfifo', ['-m', '700', ...names.map(pathOf)]);
  // Open for both at first: an end that nobody has at the other side yet would be at its end, or could not be opened.
  const held = names.map((each) => openSync(pathOf(each), constants.O_RDWR | constants.O_NONBLOCK));
  const outputs = (['stdout', 'stderr'] as const).map((each) => {
    const from = openSync(pathOf(each), constants.O_RDONLY | constants.O_NONBLOCK);
    return { from, into: DESCRIPTORS[each] };
  });
  const input = withStdin ? openSync(pathOf('stdin'), constants.O_WRONLY | constants.O_NONBLOCK) : undefined;
  let drained: Promise<unknown> = Promise.resolve();
  return {
    paths: {
      ...(withStdin ? { stdin: pathOf('stdin') } : {}),
      stdout: pathOf('stdout'),
      stderr: pathOf('stderr'),
    },
    started: (closeStdin) => {
      drained = Promise.all(outputs.map(async ({ from, into }) => await carry(from, into)));
      for (const descriptor of held) closeSync(descriptor);
      if (input !== undefined && closeStdin !== undefined) pipeIn(input, closeStdin);
    },
    drained: async () => void (await drained),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

/** Carries bytes from a pipe of the container to one of this program's, until the first ends. */
async function carry(from: number, into: number): Promise<void> {
  const source = new Socket({ fd: from, readable: true, writable: false });
  const target = outputOf(into);
  await new Promise<void>((resolve) => {
    source.on('data', (piece: Buffer) => {
      if (!target.write(piece)) {
        source.pause();
        target.once('drain', () => source.resume());
      }
    });
    // What was handed over is written by then.
    source.on('end', () => void target.write('', () => resolve()));
    source.on('error', () => resolve());
    // Who reads has gone: the real program is ended by SIGPIPE.
    target.on('error', () => process.kill(process.pid, 'SIGKILL'));
  });
}

/** Node's own streams write to a pipe so that nothing else goes on meanwhile; this one does not. */
function outputOf(descriptor: number): NodeJS.WritableStream {
  const found = fstatSync(descriptor);
  if (found.isFIFO() || found.isSocket())
    return new Socket({ fd: descriptor, readable: false, writable: true });
  return descriptor === DESCRIPTORS.stdout ? process.stdout : process.stderr;
}

function pipeIn(input: number, closeStdin: () => Promise<void>): void {
  const target = new Socket({ fd: input, readable: false, writable: true });
  target.on('error', () => undefined); // the program has ended
  process.stdin.on('data', (piece: Buffer) => {
    if (!target.write(piece)) {
      process.stdin.pause();
      target.once('drain', () => process.stdin.resume());
    }
  });
  process.stdin.on('end', () => target.end(() => void closeStdin()));
  process.stdin.on('error', () => target.end(() => void closeStdin()));
}
