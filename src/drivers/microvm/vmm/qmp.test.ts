import { connect, createServer } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { qmpOn } from './qmp.ts';

const dir = mkdtempSync(join(tmpdir(), 'qmp-'));
afterAll(() => rmSync(dir, { recursive: true }));

test('a QEMU that is not there, or whose socket has no path, is a failure and no crash', async () => {
  for (const path of [join(dir, 'none'), join(dir, 'x'.repeat(120))]) {
    const socket = connect(path);
    await expect(qmpOn(socket, socket)).rejects.toThrow(/connect/);
  }
});

test('one that ends before it has greeted, or instead of an answer, has ended', async () => {
  const path = join(dir, 'socket');
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    if (greets) socket.write('{"QMP": {}}\n');
    else socket.end();
    socket.on('data', (chunk) => {
      if (String(chunk).includes('migrate')) socket.end();
      else socket.write('{"return": {}}\n');
    });
  });
  let greets = false;
  await new Promise<void>((resolve) => void server.listen(path, resolve));
  try {
    const early = connect(path);
    await expect(qmpOn(early, early)).rejects.toThrow('QEMU has ended');
    greets = true;
    const socket = connect(path);
    const { run } = await qmpOn(socket, socket);
    await expect(run('migrate')).rejects.toThrow('QEMU has ended');
  } finally {
    server.close();
  }
});
