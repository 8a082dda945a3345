import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startDelayedSender, WORD } from '../../../src/verify/guest/delayed-sender.ts';

const HALF_A_DOZEN_BEATS_MS = 600;

test('the delayed sender waits for a signal file that cannot be read yet', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'bb-voice-'));
  const path = join(dir, 'told');
  mkdirSync(path); // it exists, and reading it fails, also for root
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const heard = new Promise<string>((resolve) =>
    server.once('connection', (socket) => socket.on('data', (bytes) => resolve(bytes.toString()))),
  );
  const child = startDelayedSender(path, { host: '127.0.0.1', port, text: `hear ${WORD}!` });
  try {
    await sleep(HALF_A_DOZEN_BEATS_MS);
    rmdirSync(path);
    writeFileSync(path, 'nonce\n');
    expect(await heard).toBe('hear nonce!');
  } finally {
    child.kill('SIGKILL');
    server.close();
    rmSync(dir, { recursive: true });
  }
});
