import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { encodeFrame, encodeRequest, frameReader } from '../../../src/drivers/sandbox/frames.ts';
import { assetPath } from '../../../src/host/paths.ts';

/** The program that serves a session in a machine (assets/attached/exec.pl), here on this host. */

const LENGTH = 300_000;
const A_WHILE_MS = 1_000;

test('trap three-seconds: after the exit code, the session program stays until its client has read all', async () => {
  const child = spawn('perl', [assetPath('attached/exec.pl'), '--owner', '0:0']);
  const argv = ['sh', '-c', `head -c ${LENGTH} /dev/zero; exit 3`];
  const order = { kind: 'root', terminal: undefined, cwd: '/', argv, env: {} } as const;
  child.stdin.write(encodeFrame('r', encodeRequest(order)));
  const ended = once(child, 'close');
  const read = frameReader();
  const seen = { length: 0, code: undefined as number | undefined };
  await new Promise<void>((resolve, reject) => {
    ended.then(() => reject(new Error(`it ended: ${JSON.stringify(seen)}`)), reject);
    child.stdout.on('data', (piece: Buffer) => {
      for (const { letter, bytes } of read(piece)) {
        if (letter === 'o') seen.length += bytes.length;
        if (letter !== 'c') continue;
        seen.code = bytes[0];
        resolve();
      }
    });
  });
  expect(seen).toEqual({ length: LENGTH, code: 3 });
  await sleep(A_WHILE_MS);
  expect(child.exitCode).toBeNull();
  child.stdin.end();
  expect(await ended).toEqual([3, null]);
});
