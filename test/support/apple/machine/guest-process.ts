import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/** A program of the guest's: on pipes, or on a terminal that is the guest's own. It never holds a descriptor of its caller's. */

/** Of install.ts: a file of this project, from which its packages are found. */
declare const PROJECT_FILE: string;

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export type StreamName = 'stdout' | 'stderr';

export interface Order {
  readonly command: readonly [string, ...string[]];
  readonly isTty: boolean;
  readonly size: Size | undefined;
  /** Takes what it says; on a terminal all of it is standard output. Gives when it can take more, where it cannot yet. */
  readonly take: (name: StreamName, chunk: Buffer) => Promise<unknown> | undefined;
}

export interface GuestProcess {
  readonly stdin: Writable;
  resize(size: Size): void;
  readonly exitCode: Promise<number>;
}

/** Starts one. */
export const startGuestProcess = (order: Order): GuestProcess => (order.isTty ? onTerminal : onPipes)(order);

/** How long what it said is waited for when others hold its streams still: ProcessIO.swift of apple/container. */
const DRAIN_MS = 3_000;

function onPipes({ command: [file, ...args], take }: Order): GuestProcess {
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  for (const name of ['stdout', 'stderr'] as const) {
    const stream = child[name];
    // The real one writes before it reads more: ProcessIO.swift.
    stream.on('data', (chunk: Buffer) => {
      const more = take(name, chunk);
      if (more === undefined) return;
      stream.pause();
      void more.then(() => stream.resume());
    });
  }
  const drained = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const exitCode = new Promise<number>((resolve, reject) => {
    child.once('error', reject).once('exit', (code) => resolve(code ?? 1));
  });
  return {
    stdin: child.stdin.on('error', () => undefined),
    resize: () => undefined,
    exitCode: exitCode.then(async (code) => {
      await Promise.race([drained, sleep(DRAIN_MS, undefined, { ref: false })]);
      return code;
    }),
  };
}

const DEFAULT_SIZE: Size = { columns: 80, rows: 24 };

function onTerminal({ command: [file, ...args], size = DEFAULT_SIZE, take }: Order): GuestProcess {
  const { spawn: open } = createRequire(PROJECT_FILE)(
    '@lydell/node-pty',
  ) as typeof import('@lydell/node-pty');
  // Without an encoding its data are bytes, whatever its types say.
  const pty = open(file, args, { cols: size.columns, rows: size.rows, encoding: null });
  let hasEnded = false;
  pty.onData((chunk) => void take('stdout', chunk as unknown as Buffer));
  return {
    stdin: new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        pty.write(chunk as unknown as string);
        done();
      },
    }),
    resize: ({ columns, rows }) => {
      // A terminal may say that it has no size.
      if (columns > 0 && rows > 0 && !hasEnded) pty.resize(columns, rows);
    },
    exitCode: new Promise((resolve) => {
      pty.onExit(({ exitCode, signal = 0 }) => {
        hasEnded = true;
        resolve(signal === 0 ? exitCode : 128 + signal);
      });
    }),
  };
}
