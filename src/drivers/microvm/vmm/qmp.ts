import type { Readable, Writable } from 'node:stream';
import { createInterface } from 'node:readline';

/** Client of QEMU's machine protocol (docs/interop/qmp-spec.rst), with one command at a time. */

export interface Qmp {
  /** Returns the command's result. @throws Error with QEMU's description of the error, or where QEMU ended */
  readonly run: (command: string, args?: object) => Promise<unknown>;
}

interface Reply {
  readonly QMP?: unknown;
  readonly return?: unknown;
  readonly error?: { readonly desc: string };
}

/** Opens the protocol on a QEMU's streams. @throws Error where QEMU is not there, or ends before it is ready */
export async function qmpOn(input: Writable, output: Readable): Promise<Qmp> {
  const waiting: ((reply: Reply) => void)[] = [];
  let end: Reply | undefined;
  const next = async (): Promise<unknown> => {
    const reply = await new Promise<Reply>((resolve) => {
      if (end === undefined) waiting.push(resolve);
      else resolve(end);
    });
    if (reply.error !== undefined) throw new Error(reply.error.desc);
    return reply.return;
  };
  const greeting = next();
  const settle = (how: Reply): void => {
    end ??= how;
    for (const resolve of waiting.splice(0)) resolve(end);
  };
  output.once('error', ({ message }) => settle({ error: { desc: message } }));
  createInterface({ input: output })
    .on('error', () => undefined) // repeats the stream's own error
    .on('line', (line) => {
      const reply = JSON.parse(line) as Reply;
      const isEvent = !('return' in reply || 'error' in reply || 'QMP' in reply);
      if (!isEvent) waiting.shift()?.(reply);
    })
    .on('close', () => settle(ENDED));
  output.once('close', () => settle(ENDED));
  input.on('error', () => undefined); // the output's end reports it
  const run = async (command: string, args: object = {}): Promise<unknown> => {
    const answered = next();
    input.write(`${JSON.stringify({ execute: command, arguments: args })}\n`);
    return await answered;
  };
  await greeting;
  await run('qmp_capabilities');
  return { run };
}

const ENDED: Reply = { error: { desc: 'QEMU has ended' } };
