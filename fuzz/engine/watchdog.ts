import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

/**
 * Ends the process if one input takes too long, and writes that input. Uses a separate thread, because the main thread
 * is blocked then.
 */

export const FOUND_FOLDER = join(import.meta.dirname, '..', 'found');
/** Far above the time of an ordinary input on a busy machine. */
const LIMIT_MS = 10_000;
const LOOK_EVERY_MS = 1_000;

export interface Watchdog {
  begin(input: Uint8Array): void;
  end(): void;
}

/** Watches inputs of up to `maxBytes`. */
export function startWatchdog(name: string, maxBytes: number): Watchdog {
  // The count of inputs (0: none runs), and the length of the running input, followed by its bytes.
  const shared = new SharedArrayBuffer(8 + maxBytes);
  const state = new Int32Array(shared, 0, 2);
  const bytes = new Uint8Array(shared, 8);
  mkdirSync(FOUND_FOLDER, { recursive: true });
  const path = join(FOUND_FOLDER, `${name}-hang`);
  new Worker(WATCH, { eval: true, workerData: { shared, path, LIMIT_MS, LOOK_EVERY_MS } }).unref();
  let count = 0;
  return {
    begin: (input) => {
      bytes.set(input);
      Atomics.store(state, 1, input.length);
      count = (count % 0x7fffffff) + 1;
      Atomics.store(state, 0, count);
    },
    end: () => void Atomics.store(state, 0, 0),
  };
}

const WATCH = `
const { workerData: { shared, path, LIMIT_MS, LOOK_EVERY_MS } } = require('node:worker_threads');
const { writeFileSync, writeSync } = require('node:fs');
const state = new Int32Array(shared, 0, 2);
let last = 0;
let sinceMs = Date.now();
setInterval(() => {
  const now = Atomics.load(state, 0);
  if (now === 0 || now !== last) { last = now; sinceMs = Date.now(); return; }
  if (Date.now() - sinceMs < LIMIT_MS) return;
  writeFileSync(path, Buffer.from(shared, 8, Atomics.load(state, 1)));
  writeSync(2, 'HANG: an input takes more than ' + LIMIT_MS / 1000 + ' s: ' + path + '\\n');
  process.kill(process.pid, 'SIGKILL');
}, LOOK_EVERY_MS);
`;

/** Returns a function that writes each input before it runs, for targets that may end the process. */
export function createJournal(name: string): (input: Uint8Array) => void {
  mkdirSync(FOUND_FOLDER, { recursive: true });
  const path = join(FOUND_FOLDER, `${name}-running`);
  return (input) => writeFileSync(path, input);
}
