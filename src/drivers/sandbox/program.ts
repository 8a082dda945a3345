import { closeSync, openSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { basename, dirname } from 'node:path';
import type { Duplex } from 'node:stream';
import { BottleError, HAS_ENDED } from '../../errors.ts';
import { assetPath } from '../../host/paths.ts';
import { BOTTLE_ID_VARIABLE } from '../../host/processes.ts';
import { spawnProgram } from '../../host/run.ts';
import type { BottleSpec, Owner } from '../driver.ts';
import { sandboxOwner } from './facts.ts';
import { runFiles } from './state.ts';

/** Connects to a bottle's Unix sockets: to session.pl, which holds a program, and to the bottle's first program. */

const LINK_FD = 3;

/** Starts session.pl, which outlives this process if the user detaches, and returns the connection to it. */
export function startSession(
  spec: Pick<BottleSpec, 'id' | 'runDir' | 'rung'>,
  options: { readonly attachable: boolean },
): Duplex {
  const holder = { assetPath, owner: sandboxOwner(spec), ...options };
  const [program = '', ...args] = sessionCall(spec.runDir, holder);
  const child = spawnProgram(program, args, {
    detached: true,
    cwd: '/',
    env: { [BOTTLE_ID_VARIABLE]: spec.id },
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  const link = child.stdio[LINK_FD] as Duplex;
  let trouble = '';
  child.stderr?.on('data', (chunk: Buffer) => (trouble = (trouble + chunk.toString()).slice(-1024)));
  child.on('error', (error) => link.destroy(error));
  child.on('close', (code) => {
    if (code !== 0) link.destroy(new Error(trouble.trim() || `session.pl ended: ${code ?? 'by a signal'}`));
  });
  // session.pl goes on when the user detaches; it must not keep this process running.
  child.unref();
  (child.stderr as Socket | null)?.unref();
  return link;
}

/** Connects to the session of a detached agent. @throws BottleError `usage` when there is none */
export async function connectSession(spec: BottleSpec): Promise<Socket> {
  try {
    return await connectShortly(runFiles(spec.runDir).agent);
  } catch (cause) {
    throw new BottleError('usage', `the agent of bottle ${spec.id} does not run`, { fix: HAS_ENDED, cause });
  }
}

/** Timeout of a signal request, in milliseconds: a first program that is ending the bottle may not answer any more. */
const HEARD_MS = 3_000;

/** Sends a signal to every program of a bottle except its first. Without a running bottle, does nothing. */
export async function signalAll(runDir: string, signal: number): Promise<void> {
  const socket = await connectShortly(runFiles(runDir).control).catch(() => undefined);
  if (socket === undefined) return;
  const request = Buffer.from(`signal\0${signal}`);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(request.length);
  socket.end(Buffer.concat([length, request]));
  socket.setTimeout(HEARD_MS, () => socket.destroy());
  await new Promise((resolve) =>
    socket
      .on('error', () => undefined)
      .once('close', resolve)
      .resume(),
  );
}

/** Connects through the open folder: a socket's address holds 108 bytes at most (unix(7)), and a path may be longer. */
async function connectShortly(path: string): Promise<Socket> {
  const folder = openSync(dirname(path), 'r');
  try {
    const socket = connect(`/proc/self/fd/${folder}/${basename(path)}`);
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return socket;
  } finally {
    closeSync(folder);
  }
}

interface SessionHolder {
  /** Finds a file of the package. */
  readonly assetPath: (name: string) => string;
  readonly owner: Owner;
  /** Other processes may connect to it later. */
  readonly attachable: boolean;
}

/**
 * The command that holds one program of a bottle. It gets the request as a frame, because every user can see arguments.
 */
export function sessionCall(
  runDir: string,
  { assetPath, owner, attachable }: SessionHolder,
): readonly string[] {
  const { control, agent, agentCode } = runFiles(runDir);
  return [
    ['perl', assetPath('sandbox/session.pl'), '--control', control],
    ['--owner', `${owner.uid}:${owner.gid}`],
    attachable ? ['--listen', basename(agent), '--code', basename(agentCode)] : [],
  ].flat();
}
