import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { whenAborted } from '../../host/deadline.ts';
import { socketPathIn } from '../../host/disk/socket-path.ts';
import { CONTROL_NAME, controlDirIn } from './folders.ts';

/** Watches whether a gateway lives, in any form: it does as long as its control socket accepts connections. */

/**
 * Wait, in milliseconds, after the gateway's end: a gateway ends with its bottle, and its launcher learns of the
 * bottle's end at about the same time.
 */
const SETTLES_MS = 1_000;
/**
 * A connection that closes within this time, in milliseconds, was not accepted: a living gateway keeps a silent one
 * open for a minute (Node's `headersTimeout`).
 */
const TAKEN_MS = 200;
/** After this number of consecutive unaccepted connections, the gateway counts as ended. */
const UNTAKEN = 3;

export interface Watching {
  stop(): void;
}

/**
 * Calls `died` once, if the gateway of this bottle ends and the caller does not stop the watch within a second. Cannot
 * watch a gateway without a control socket.
 */
export function watchGateway(runDir: string, died: () => void): Watching {
  const stopping = new AbortController();
  const { signal } = stopping;
  const watch = async (): Promise<void> => {
    // The gateway closes a silent connection after a while: then another connection shows whether the gateway still
    // lives.
    let socket = await reach(runDir);
    if (socket === undefined) return;
    // For a gateway in a machine, a listener on the host accepts all connections, and closes those that nobody in the
    // machine accepts.
    for (let untaken = 0; socket !== undefined;) {
      const reachedMs = performance.now();
      await untilClosed(socket, signal);
      untaken = performance.now() - reachedMs < TAKEN_MS ? untaken + 1 : 0;
      socket = untaken < UNTAKEN ? await reach(runDir) : undefined;
    }
    await sleep(SETTLES_MS, undefined, { signal, ref: false });
    died();
  };
  watch().catch(() => undefined); // the watch was stopped
  return { stop: () => stopping.abort() };
}

/**
 * Waits until the connection closes, in any way: a dying gateway resets one that it has not accepted.
 * @throws when the watch was stopped
 */
async function untilClosed(socket: Socket, signal: AbortSignal): Promise<void> {
  const stop = (): void => void socket.destroy();
  const letBe = whenAborted(signal, stop);
  // The socket may have closed while its folder did.
  if (!socket.closed) await new Promise<void>((resolve) => socket.unref().once('close', () => resolve()));
  letBe();
  signal.throwIfAborted();
}

/** Returns a connection to the control socket; undefined if the gateway does not accept it. */
async function reach(runDir: string): Promise<Socket | undefined> {
  try {
    const dir = controlDirIn(runDir);
    const folder = await open(dir);
    try {
      const socket = connect(socketPathIn(folder, dir, CONTROL_NAME));
      await once(socket, 'connect');
      return socket.on('error', () => undefined).resume();
    } finally {
      await folder.close();
    }
  } catch {
    return undefined;
  }
}
