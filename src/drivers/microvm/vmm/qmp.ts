import type { Readable, Writable } from 'node:stream';
import { createInterface } from 'node:readline';

/** QEMU's machine protocol (docs/interop/qmp-spec.rst), one command after the other. */

export interface Qmp {
  /** Gives what it returns. @throws Error with what QEMU says is wrong, or where it ended */
  readonly run: (command: string, args?: object) => Promise<unknown>;
}

interface Reply {
  readonly QMP?: unknown;
  readonly return?: unknown;
  readonly error?: { readonly desc: string };
}

/** Speaks it on a QEMU's standard streams. @throws Error where QEMU ends before it is ready */
export async function qmpOn(input: Writable, output: Readable): Promise<Qmp> {
  const waiting: ((reply: Reply) => void)[] = [];
  let hasEnded = false;
  const next = async (): Promise<unknown> => {
    const reply = await new Promise<Reply>((resolve) => {
      if (hasEnded) resolve(ENDED);
      else waiting.push(resolve);
    });
    if (reply.error !== undefined) throw new Error(reply.error.desc);
    return reply.return;
  };
  const greeting = next();
  createInterface({ input: output })
    .on('line', (line) => {
      const reply = JSON.parse(line) as Reply;
      const isEvent = !('return' in reply || 'error' in reply || 'QMP' in reply);
      if (!isEvent) waiting.shift()?.(reply);
    })
    .on('close', () => {
      hasEnded = true;
      for (const resolve of waiting.splice(0)) resolve(ENDED);
    });
  input.on('error', () => undefined); // shows as its end
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
