import { mkdtempSync, rmSync } from 'node:fs';
import { request, type Server } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Policy } from '../config.ts';
import { serveControl, type Controls } from './serve.ts';
import { authorizationOf, digestOfToken, newToken } from './token.ts';

/** Requests on the admin side, by clients that wait for an answer and by clients that do not. */

const POLICY = JSON.stringify({ allow: [], deny: [] });

const TOKEN = newToken();
const AUTHORIZATION = authorizationOf(TOKEN);

let folder: string;
let socketPath: string;
let server: Server;
let taken: (Policy | Readonly<Record<string, string>>)[];

const controls: Controls = {
  metrics: () => 'metrics',
  setPolicy: (policy) => {
    taken.push(policy);
    return { closed: 0 };
  },
  setSecrets: (values) => void taken.push(values),
  rejected: async () => await Promise.resolve([]),
  unwritable: async () => await Promise.resolve(''),
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bot-bottle-control-'));
  socketPath = join(folder, 'control.sock');
  taken = [];
  server = await serveControl(socketPath, { controls, tokenDigest: digestOfToken(TOKEN) });
});
afterEach(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

async function ask(what: string, body = '', headers = {}): Promise<number> {
  const [method, path] = what.split(' ');
  return await new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, path, method, headers }, (answer) => {
      answer.resume().once('end', () => resolve(answer.statusCode ?? 0));
    });
    outgoing.once('error', reject).end(body);
  });
}

const put = async (path: string, body: string): Promise<number> =>
  await ask(`PUT ${path}`, body, { Authorization: AUTHORIZATION });

/** Disconnects before the server, which is in this process too, can have read a byte. */
async function putAndGoAway(path: string, body: string): Promise<void> {
  const ended = new Promise<void>((resolve) => {
    server.once('connection', (socket) => socket.once('close', () => resolve()));
  });
  const client = connect(socketPath, () => {
    const length = Buffer.byteLength(body);
    client.write(
      `PUT ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${AUTHORIZATION}\r\nContent-Length: ${length}\r\n\r\n${body}`,
    );
    client.destroy();
  });
  await ended;
}

describe.each([
  ['GET /metrics', ''],
  ['PUT /policy', POLICY],
  ['PUT /secrets', '{"key":"value"}'],
  ['GET /rejected', ''],
  ['GET /unwritable', ''],
  ['GET /nothing', ''],
])('%s', (what, body) => {
  test.each([
    ['no token', {}],
    ['an empty one', { Authorization: 'Bearer ' }],
    ["another bottle's", { Authorization: authorizationOf(newToken()) }],
    ['its digest', { Authorization: authorizationOf(digestOfToken(TOKEN)) }],
    ['a part of it', { Authorization: AUTHORIZATION.slice(0, -1) }],
    ['it and more', { Authorization: `${AUTHORIZATION}0` }],
    ['it in another scheme', { Authorization: AUTHORIZATION.replace('Bearer', 'Basic') }],
  ])('a request with %s is refused and has no effect', async (_, headers) => {
    expect(await ask(what, body, headers)).toBe(403);
    expect(taken).toEqual([]);
  });

  test('a request with the token gets an answer', async () => {
    const expected = what === 'GET /nothing' ? 404 : 200;
    expect(await ask(what, body, { Authorization: AUTHORIZATION })).toBe(expected);
  });
});

test('the gateway does a change whose requester waits for the answer', async () => {
  expect(await put('/policy', POLICY)).toBe(200);
  expect(await put('/secrets', '{"key":"value"}')).toBe(200);
  expect(taken).toEqual([{ allow: [], deny: [] }, { key: 'value' }]);
});

test.each([
  ['/policy', POLICY],
  ['/secrets', '{"key":"value"}'],
])('the gateway does not do a change of %s whose requester has left', async (path, body) => {
  await putAndGoAway(path, body);
  // The next answer arrives after any effect of the request.
  expect(await put('/policy', 'no JSON')).toBe(400);
  expect(taken).toEqual([]);
});
