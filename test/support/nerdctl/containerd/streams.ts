import { execFileSync, spawnSync } from 'node:child_process';
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
} from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

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
const OUTPUTS = ['stdout', 'stderr'] as const;

/** How often it is tried whether the shim has standard input open. */
const BETWEEN_TRIES_MS = 5;

/** Makes the pipes, and opens this program's ends of them. */
export function openStreams(parentDir: string, name: string, withStdin: boolean): Streams {
  mkdirSync(parentDir, { recursive: true });
  const dir = mkdtempSync(join(parentDir, 'fifo-'));
  const pathOf = (stream: string): string => join(dir, `${name}-${stream}`);
  const names = withStdin ? (['stdin', ...OUTPUTS] as const) : OUTPUTS;
  execFileSync('mkfifo', ['-m', '700', ...names.map(pathOf)]);
  const held = holdOpen(OUTPUTS.map(pathOf));
  const outputs = OUTPUTS.map((each) => {
    const from = openSync(pathOf(each), constants.O_RDONLY | constants.O_NONBLOCK);
    return { from, into: DESCRIPTORS[each] };
  });
  let drained: Promise<unknown> = Promise.resolve();
  return {
    paths: {
      ...(withStdin ? { stdin: pathOf('stdin') } : {}),
      stdout: pathOf('stdout'),
      stderr: pathOf('stderr'),
    },
    started: (closeStdin) => {
      drained = Promise.all(outputs.map(async ({ from, into }) => await carry(from, into)));
      held.letGo();
      if (withStdin && closeStdin !== undefined) void pipeIn(pathOf('stdin'), closeStdin);
    },
    drained: async () => void (await drained),
    remove: () => {
      held.letGo();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/**
 * Keeps pipes open at both ends, also where this program is killed with its children. Kata's shim opens them so itself
 * (shim_io_pipe.go); the one behind the stand-in for it waits for a reader, for ever where it was killed, and meanwhile no end of the
 * container is told (containerd 1.7: cmd/containerd-shim-runc-v2/task/service.go, handleProcessExit).
 */
function holdOpen(paths: readonly string[]): { letGo(): void } {
  const descriptors = paths.map((path) => openSync(path, constants.O_RDWR | constants.O_NONBLOCK));
  // Of nobody: its shell has ended.
  const script = 'sleep 20 >&3 2>&4 & echo $!';
  const { stdout } = spawnSync('sh', ['-c', script], {
    env: {},
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore', ...descriptors],
  });
  for (const descriptor of descriptors) closeSync(descriptor);
  let holder = Number(stdout);
  return {
    letGo: () => {
      try {
        if (holder > 0) process.kill(holder, 'SIGKILL');
      } catch {
        // its time was over
      }
      holder = 0;
    },
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

async function pipeIn(path: string, closeStdin: () => Promise<void>): Promise<void> {
  const input = await openedForWriting(path);
  if (input === undefined) return;
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

/** Once the shim reads: it opens its end in its own time, and what is written before is lost. Undefined where the pipe is gone. */
async function openedForWriting(path: string): Promise<number | undefined> {
  while (existsSync(path)) {
    try {
      return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch {
      await wait(BETWEEN_TRIES_MS);
    }
  }
  return undefined;
}
