import { expect, test } from 'vitest';
import type { ImageSpec } from '../driver.ts';
import type { EngineCall, EngineClient } from '../engine/client.ts';
import { EngineError } from '../engine/errors.ts';
import { imageNow } from './now.ts';
import { defaultImageReference } from './recipe.ts';

/** A fake engine that has these images, by name, and records requests. */
function engineWith(images: Readonly<Record<string, string>>) {
  const calls: string[] = [];
  const call = async <T>({ method, path }: EngineCall): Promise<T> => {
    calls.push(`${method} ${path}`);
    const id = images[path.replace(/^\/images\/(.*)\/json$/, '$1')];
    if (id === undefined) throw new EngineError('no such image', 404);
    return await Promise.resolve({ Id: id } as T);
  };
  const refuse = async () => await Promise.reject(new Error('it is only asked'));
  const client: EngineClient = { call, stream: refuse, upgrade: refuse };
  const ask = async (image: ImageSpec) => await imageNow({ client }, image, new AbortController().signal);
  return { ask, calls };
}

const REFERENCE = { kind: 'reference', reference: 'example.org/tools:1' } as const;

test("a plan's image is the one that the engine has by that name, and nothing is pulled", async () => {
  const { ask, calls } = engineWith({
    [defaultImageReference()]: 'sha256:1',
    [REFERENCE.reference]: 'sha256:2',
  });
  expect(await ask({ kind: 'default' })).toEqual({ digest: 'sha256:1' });
  expect(await ask(REFERENCE)).toEqual({ digest: 'sha256:2' });
  expect(calls.every((call) => call.startsWith('GET '))).toBe(true);
});

test("a plan's image is unknown where it would be made or pulled first", async () => {
  const { ask, calls } = engineWith({});
  expect(await ask({ kind: 'default' })).toEqual({
    whyNot: 'it is not there now: a start would make it again',
  });
  expect(await ask(REFERENCE)).toEqual({ whyNot: 'it is not there now: a start would pull it' });
  calls.length = 0;
  expect(await ask({ kind: 'dockerfile', hostPath: '/nonexistent/Dockerfile' })).toHaveProperty('whyNot');
  expect(calls).toEqual([]);
});

test('a plan asks no engine for an invalid reference', async () => {
  const { ask, calls } = engineWith({});
  for (const reference of ['--all', 'a/../../containers', '']) {
    await expect(ask({ kind: 'reference', reference })).rejects.toMatchObject({ code: 'manifest' });
  }
  expect(calls).toEqual([]);
});
