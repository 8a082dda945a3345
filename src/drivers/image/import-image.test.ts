import { Readable } from 'node:stream';
import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import type { EngineCall, EngineClient } from '../engine/client.ts';
import { EngineError } from '../engine/errors.ts';
import { importImage, importPath, misnamed } from './import-image.ts';

const REFERENCE = 'localhost/bot-bottle/probe:1';

/**
 * Recorded: the answer of Podman 4.3.1 (Debian 12) to `GET /images/json` after two imports with `repo` and `tag` as two
 * parameters, and one import like bot-bottle's.
 */
const UNTAGGED = { Id: 'sha256:48001d6fe187', RepoTags: null };
const LATEST = { Id: 'sha256:64438c0886a5', RepoTags: ['localhost/bot-bottle/probe:latest'] };
const NAMED = { Id: 'sha256:945016d89622', RepoTags: [REFERENCE] };
/** Recorded: the answer of the same Podman to the import. */
const IMPORTED = `{"status":"${NAMED.Id}","progress":"","progressDetail":{},"id":"${NAMED.Id}"}\n`;

test('an import names the tag within the repository, because Podman 4.3 ignores a parameter for it', () => {
  const path = importPath({ reference: REFERENCE, label: 'probe', changes: ['ENV A=b'] });
  const { pathname, searchParams } = new URL(path, 'http://engine');
  expect(pathname).toBe('/images/create');
  expect(searchParams.get('repo')).toBe(REFERENCE);
  expect(searchParams.has('tag')).toBe(false);
  expect(searchParams.getAll('changes')).toEqual(['ENV A=b', 'LABEL bot-bottle.image=probe']);
});

test('images without a name, or with that of another tag by default, are misnamed', () => {
  const unlisted = { Id: 'sha256:1', RepoTags: ['<none>:<none>'] };
  const named = { Id: 'sha256:2', RepoTags: [...LATEST.RepoTags, 'mine:1'] };
  const found = (isBuiltUpon: boolean) =>
    misnamed([UNTAGGED, LATEST, NAMED, unlisted, named], { reference: REFERENCE, isBuiltUpon });
  expect(found(false)).toEqual([UNTAGGED.Id, LATEST.Id, unlisted.Id]);
  // An image without a name that is built on it belongs to a user.
  expect(found(true)).toEqual([LATEST.Id]);
});

/** A fake of that Podman, which records requests and refuses to delete the image of a container. */
function engineThatSays(imported: string, inUse: string) {
  const calls: string[] = [];
  const call = async <T>({ method, path, query }: EngineCall): Promise<T> => {
    const filters = query?.['filters'];
    calls.push([method, path, ...(filters === undefined ? [] : [filters])].join(' '));
    if (path.endsWith(inUse)) throw new EngineError('image is in use by a container', 409);
    return await Promise.resolve((method === 'GET' ? [UNTAGGED, LATEST, NAMED] : []) as T);
  };
  const stream = async () => await Promise.resolve(Readable.from([imported]) as IncomingMessage);
  const client: EngineClient = {
    call,
    stream,
    upgrade: async () => await Promise.reject(new Error('unused')),
  };
  const order = {
    reference: REFERENCE,
    label: 'probe',
    changes: [],
    isBuiltUpon: false,
    content: Readable.from(['tar']),
  };
  const importIt = async () => await importImage(client, { ...order, signal: new AbortController().signal });
  return { importIt, calls };
}

test('an import removes what earlier ones left misnamed, and only what has the same label', async () => {
  const { importIt, calls } = engineThatSays(IMPORTED, UNTAGGED.Id);
  await importIt();
  expect(calls).toEqual([
    'GET /images/json {"label":["bot-bottle.image=probe"]}',
    `DELETE /images/${UNTAGGED.Id}`,
    `DELETE /images/${LATEST.Id}`,
  ]);
});

test('an import that the engine reports as failed is an error, and removes nothing', async () => {
  const { importIt, calls } = engineThatSays('{"status":"working"}\n{"error":"no space left"}\n', '');
  await expect(importIt()).rejects.toMatchObject({
    code: 'dependencyMissing',
    message: 'the engine did not import the image: no space left',
  });
  expect(calls).toEqual([]);
});
