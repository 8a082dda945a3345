import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bySocket } from './vmm.ts';

test('a socket in a folder too deep for its path is reached', async () => {
  const top = mkdtempSync(join(tmpdir(), 'deep-'));
  const dir = join(top, 'x'.repeat(100), 'y'.repeat(100));
  mkdirSync(dir, { recursive: true });
  const server = createServer((socket) => socket.end('here'));
  try {
    await bySocket(dir, 's', async (path) => {
      server.listen(path);
      await once(server, 'listening');
    });
    const said = await bySocket(dir, 's', async (path) => {
      const [chunk] = (await once(connect(path), 'data')) as [Buffer];
      return chunk.toString();
    });
    expect(said).toBe('here');
    // The control: its own path is too long to connect.
    await expect(once(connect(join(dir, 's')), 'connect')).rejects.toThrow(/connect/);
  } finally {
    server.close();
    rmSync(top, { recursive: true });
  }
});
