import { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import type { EngineClient } from '../../engine/client.ts';
import { EngineError } from '../../engine/errors.ts';
import { execBeside } from './exec.ts';

/**
 * A fake engine that has lost its ended container when the client asks for the exit code: in reality a race decides.
 */
const forgetful = {
  call: async ({ method }: { method: string }) =>
    await (method === 'POST'
      ? Promise.resolve({ Id: 'f00' })
      : Promise.reject(new EngineError('No such exec instance: f00', 404))),
  upgrade: async () => await Promise.resolve(closedSocket()),
} as unknown as EngineClient;

function closedSocket(): Socket {
  const socket = new Socket();
  socket.push(null);
  return socket;
}

it('an exec that the engine has forgotten was killed with its container', async () => {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const session = await execBeside(
    { client: forgetful, runtime: 'runc' } as Parameters<typeof execBeside>[0],
    {
      container: 'gone',
      request: { argv: ['sleep', '1000'], env: {}, cwd: '/' },
      io: { tty: false, stdin: undefined, stdout, stderr, size: undefined },
    },
  );
  expect(await session.exitCode).toBe(137);
});
