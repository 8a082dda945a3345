import { gzipSync } from 'node:zlib';
import type { Http2ServerResponse } from 'node:http2';
import type { ModelApi } from './server.ts';

/** An API that returns the key that it received; each `/NAME` returns it in another way. */

type Echo = (key: string, response: Http2ServerResponse) => void;

const text =
  (spell: (key: string) => string, type = 'text/plain'): Echo =>
  (key, response) => {
    response.writeHead(200, { 'content-type': type });
    response.end(`before ${spell(key)} behind`);
  };

const each =
  (spell: (hex: string, byte: number) => string) =>
  (key: string): string =>
    [...Buffer.from(key)].map((byte) => spell(byte.toString(16).padStart(2, '0'), byte)).join('');

const base64 = (key: string): string => Buffer.from(key).toString('base64');

export const ECHOES: Readonly<Record<string, Echo>> = {
  raw: text((key) => key),
  json: text((key) => JSON.stringify({ error: `invalid key ${key}` }), 'application/json'),
  base64: text(base64),
  'base64-shifted-1': text((key) => base64(`:${key}`)),
  'base64-shifted-2': text((key) => base64(`u:${key}:`)),
  base64url: text((key) => Buffer.from(key).toString('base64url')),
  hex: text((key) => Buffer.from(key).toString('hex')),
  HEX: text((key) => Buffer.from(key).toString('hex').toUpperCase()),
  percent: text(each((hex) => `%${hex}`)),
  'percent-of-a-form': text((key) => new URLSearchParams({ key }).toString()),
  'json-escapes': text(
    each((hex) => `\\u00${hex}`),
    'application/json',
  ),
  'html-entities': text(
    each((_, byte) => `&#${byte};`),
    'text/html',
  ),
  'html-entities-hex': text(
    each((hex) => `&#x${hex};`),
    'text/html',
  ),
  chunks: (key, response) => {
    response.writeHead(200, { 'content-type': 'text/plain' });
    void writeSlowly(response, key.match(/[^]{1,5}/g) ?? []);
  },
  header: (key, response) => response.writeHead(200, { 'x-your-key': `it is ${key}` }).end(),
  cookie: (key, response) => response.writeHead(200, { 'set-cookie': `key=${key}; Path=/` }).end(),
  redirect: (key, response) =>
    response.writeHead(302, { location: `https://elsewhere.example/?key=${key}` }).end(),
  event: (key, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(`event: key\ndata: ${JSON.stringify({ key })}\n\n`);
  },
  gzip: (key, response) => {
    response.writeHead(200, { 'content-type': 'text/plain', 'content-encoding': 'gzip' });
    response.end(gzipSync(`before ${key} behind`));
  },
  failure: (key, response) =>
    response.writeHead(401, { 'www-authenticate': `Bearer error="${key}"` }).end(key),
};

async function writeSlowly(response: Http2ServerResponse, parts: readonly string[]): Promise<void> {
  for (const part of parts) {
    response.write(part);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  response.end();
}

export const ECHO_HOST = 'echo.example';

export function echoApi(key: string): ModelApi {
  return {
    host: ECHO_HOST,
    hasKey: (headers) => headers['x-api-key'] === key,
    answer: ({ path }, response) => {
      const echo = ECHOES[path.slice(1)];
      if (echo === undefined) return void response.writeHead(404).end();
      echo(key, response);
    },
  };
}
