import type { IncomingMessage } from 'node:http';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, expect, test } from 'vitest';
import type { EngineCall, EngineClient } from '../engine/client.ts';
import { EngineError } from '../engine/errors.ts';
import { writeImageFiles } from './image-files.ts';

const dir = mkdtempSync(join(tmpdir(), 'bot-bottle-files-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** A fake engine that returns these files for a container, and records requests. */
function engineThat(exports: () => Readable) {
  const calls: string[] = [];
  const note = ({ method, path }: EngineCall): void => void calls.push(`${method} ${path}`);
  const client: EngineClient = {
    call: async <T>(call: EngineCall) => {
      note(call);
      return await Promise.resolve({ Id: '1' } as T);
    },
    stream: async (call) => {
      note(call);
      return await Promise.resolve(exports() as IncomingMessage);
    },
    upgrade: async () => await Promise.reject(new Error('nothing runs')),
  };
  return { client, calls };
}

const CALLS = ['POST /containers/create', 'GET /containers/c-1/export', 'DELETE /containers/c-1'];
const files = (name: string) => ({ digest: 'sha256:1', containerName: 'c-1', tarPath: join(dir, name) });
const never = new AbortController().signal;

test("an image's files are written, and the container is removed without a start", async () => {
  const { client, calls } = engineThat(() => Readable.from([Buffer.from('a tar')]));
  await writeImageFiles(client, files('whole'), never);
  expect(readFileSync(files('whole').tarPath, 'utf8')).toBe('a tar');
  expect(calls).toEqual(CALLS);
});

test('an engine that stops half way gives no files, and the container is removed', async () => {
  const { client, calls } = engineThat(() => {
    const half = new Readable({ read: () => undefined });
    half.push('half');
    setImmediate(() => half.destroy(new EngineError('it went away')));
    return half;
  });
  await expect(writeImageFiles(client, files('half'), never)).rejects.toMatchObject({
    code: 'dependencyMissing',
    details: ['image: sha256:1', 'it went away'],
  });
  expect(calls).toEqual(CALLS);
});

test('an interrupt gives no other error, and the container is removed', async () => {
  const controller = new AbortController();
  const { client, calls } = engineThat(() => {
    setImmediate(() => controller.abort(new Error('enough')));
    return new Readable({ read: () => undefined });
  });
  await expect(writeImageFiles(client, files('none'), controller.signal)).rejects.toThrow('enough');
  expect(calls).toEqual(CALLS);
});
