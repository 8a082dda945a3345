import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as zlib from 'node:zlib';
import { tarOf } from './body/archives.testing.ts';
import type { Carried } from './carriers.testing.ts';

/** Ordinary requests of agents, for tests: they contain no secret. */

const ROOT = join(import.meta.dirname, '../../..');
const PIECE = 6 * 1024;

/** Returns pieces of this project's sources and documents. Leaves out its tests, which contain made-up secrets. */
function texts(): string[] {
  const files = ['src', 'docs']
    .flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((path) =>
        join(folder, path),
      ),
    )
    .filter((path) => /\.(?:ts|md)$/.test(path) && !/test|gitleaks/.test(path));
  const all = [...files.sort(), 'package-lock.json'].map((path) => readFileSync(join(ROOT, path), 'utf8'));
  return all.flatMap((text) => text.match(new RegExp(`[^]{1,${PIECE}}`, 'g')) ?? []);
}

const JSON_TYPE = ['content-type', 'application/json'] as const;

/** Returns a digest of `text` in some notation: ids and checksums are common, and look random. */
const digest = (text: string, notation: 'hex' | 'base64' | 'base64url'): string =>
  createHash('sha256').update(text).digest(notation);

type Ordinary = (text: string, index: number) => Carried;

const post = (path: string, body: string | Buffer, ...headers: Carried['headers']): Carried => ({
  method: 'POST',
  path,
  headers,
  body: Buffer.from(body as string),
});

const get = (path: string, ...headers: Carried['headers']): Carried => ({
  method: 'GET',
  path,
  headers,
  body: Buffer.alloc(0),
});

/** Kinds of requests, used in turn. */
const KINDS: readonly Ordinary[] = [
  (text, index) =>
    post(
      '/v1/messages',
      JSON.stringify({
        model: 'm-4',
        max_tokens: 4096,
        stream: index % 2 === 0,
        messages: [{ role: 'user', content: text }],
      }),
      JSON_TYPE,
    ),
  (text, index) =>
    get(`/package-${index}/-/package-${index}-1.${index % 17}.0.tgz`, [
      'if-none-match',
      `"${digest(text, 'base64')}"`,
    ]),
  (text) =>
    post(
      '/v1/chat',
      JSON.stringify({ input: JSON.stringify({ file: text, sha: digest(text, 'hex') }) }),
      JSON_TYPE,
    ),
  (text, index) =>
    get(
      `/search?q=${encodeURIComponent(text.slice(0, 120))}&page=${index}&session=${digest(text, 'base64url')}`,
    ),
  (text, index) =>
    post(
      '/upload',
      `--b1\r\nContent-Disposition: form-data; name="file"; filename="${index}.md"\r\n\r\n${text}\r\n--b1--\r\n`,
      ['content-type', 'multipart/form-data; boundary=b1'],
    ),
  (text) =>
    post(
      '/v1/images',
      JSON.stringify({ data: zlib.gzipSync(text).toString('base64'), body: digest(text, 'base64') }),
      JSON_TYPE,
    ),
  (text) =>
    post('/layers', zlib.gzipSync(tarOf('file.txt', Buffer.from(text))), [
      'content-type',
      'application/gzip',
    ]),
  (text, index) =>
    post(
      '/form',
      `name=item+${index}&text=${encodeURIComponent(text.slice(0, 2_000))}&digest=${digest(text, 'hex')}`,
    ),
  (text) =>
    post(
      '/v1/events',
      JSON.stringify({ token_count: text.length, next_token: digest(text, 'base64url') }),
      JSON_TYPE,
    ),
  (text) => post('/v1/log', zlib.gzipSync(text), ['content-encoding', 'gzip']),
];

/** Returns `count` ordinary requests, of all kinds in turn. */
export function ordinaryRequests(count: number): Carried[] {
  const all = texts();
  return Array.from({ length: count }, (_, index) =>
    KINDS[index % KINDS.length]!(all[index % all.length]!, index),
  );
}
