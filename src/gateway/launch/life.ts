import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { whenAborted } from '../../host/deadline.ts';
import { socketPathIn } from '../../host/disk/socket-path.ts';
import { CONTROL_NAME, controlDirIn } from './folders.ts';

/** Whether a gateway lives, in whatever form: as long as its control socket takes connections. */

/** A gateway ends with its bottle, and its launcher hears of that end at about the same time. */
const SETTLES_MS = 1_000;
/** A gateway that lives leaves one that says nothing open for a minute: Node's `headersTimeout`. */
const TAKEN_MS = 200;
/** So many in a row that nobody takes are its end. */
const UNTAKEN = 3;

export interface Watching {
  stop(): void;
}

/**
 * Calls `died` once, when the gateway of this bottle has ended and nobody has stopped watching within a second of it. Where it
 * has no control socket, nobody can tell.
 */
export function watchGateway(runDir: string, died: () => void): Watching {
  const stopping = new AbortController();
  const { signal } = stopping;
  const watch = async (): Promise<void> => {
    // A connection that says nothing is closed after a while: then another one tells the two ends apart.
    let socket = await reach(runDir);
    if (socket === undefined) return;
    // A gateway in a machine has a listener on the host that takes all, and closes what nobody in the machine takes.
    for (let untaken = 0; socket !== undefined;) {
      const reachedMs = performance.now();
      await untilClosed(socket, signal);
      untaken = performance.now() - reachedMs < TAKEN_MS ? untaken + 1 : 0;
      socket = untaken < UNTAKEN ? await reach(runDir) : undefined;
    }
    await sleep(SETTLES_MS, undefined, { signal, ref: false });
    died();
  };
  watch().catch(() => undefined); // nobody watches any more
  return { stop: () => stopping.abort() };
}

/** However it closes: one that a dying gateway has not accepted any more is reset. @throws when nobody watches any more */
async function untilClosed(socket: Socket, signal: AbortSignal): Promise<void> {
  const stop = (): void => void socket.destroy();
  const letBe = whenAborted(signal, stop);
  // It may have closed while its folder did.
  if (!socket.closed) await new Promise<void>((resolve) => socket.unref().once('close', () => resolve()));
  letBe();
  signal.throwIfAborted();
}

/** A connection to the control socket; undefined when nobody takes it. */
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
