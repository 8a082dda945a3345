import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Rule } from '../../../src/gateway/config.ts';
import { GATEWAY, World, type TestGateway } from './support/world.ts';

/**
 * What a host returns for a lent identity besides its answer: a session of its own, and the secret in unusual places.
 */

const KEY = `sk-test-${randomBytes(18).toString('base64url')}`;
const PLACEHOLDER = `sk-test-${randomBytes(18).toString('base64url')}`;
const ORIGIN = 'https://allowed.test:8443';

let world: World;
let gateway: TestGateway;

beforeAll(async () => {
  world = await World.open(join(import.meta.dirname, 'support/lent-origins.ts'));
  const rule = { host: 'allowed.test', port: 8443, scheme: 'https', opensTls: true, dlp: 'block' } as const;
  const inject = { secret: 'the key', slot: { kind: 'bearer' } } as const;
  const both = { ...rule, addresses: ['203.0.113.10'] };
  const allow: Rule[] = [
    { ...both, id: 'lends', methods: ['GET'], paths: ['/api/**'], websocket: true, inject },
    { ...both, id: 'messages', paths: ['/grpc/**'], inject },
    { ...both, id: 'hasty', port: 8444, inject },
    { ...both, id: 'lends nothing', paths: ['/docs/**'] },
  ];
  gateway = await world.startGateway([], {
    config: { policy: { allow, deny: [] } },
    secrets: { inject: { 'the key': { value: KEY, placeholder: PLACEHOLDER } }, protect: [] },
  });
});

afterAll(async () => {
  await gateway?.stop();
  await world?.close();
});

const curl = async (...args: readonly string[]) =>
  await gateway.curl(
    '--no-insecure',
    '--cacert',
    gateway.authorityPath,
    '--proxy',
    `http://${GATEWAY}:3128`,
    '--include',
    ...args,
  );

describe.each(['--http1.1', '--http2'])('over %s', (version) => {
  test('a session cookie set for an identity does not reach the bottle', async () => {
    const { body } = await curl(version, `${ORIGIN}/api/x`);
    expect(body).toMatch(/x-left: 1\r\n.*\r\n\r\nGET by key$/is);
    expect(body).not.toMatch(/set-cookie|seen=1/i);
  });

  test('without an identity, cookies reach the bottle and work in full (control)', async () => {
    const { body } = await curl(version, `${ORIGIN}/docs/x`);
    expect(body).toMatch(
      /set-cookie: JSESSIONID=\S+; Path=\/\r\n.*set-cookie: seen=1\r\n.*GET by nothing$/is,
    );
    const session = /JSESSIONID=[^;]+/.exec(body)?.[0] ?? '';
    const args = ['--request', 'DELETE', '--cookie', session];
    expect((await curl(version, ...args, `${ORIGIN}/docs/x`)).body).toMatch(/\r\nDELETE by session$/);
  });

  /** Sends a message and its coding as gRPC clients do. */
  const send = async (coding: string, ...more: readonly string[]) => {
    const content = coding === 'gzip' ? gzipSync('hello') : Buffer.from('hello');
    const path = join(world.folder, `message-${coding}`);
    writeFileSync(
      path,
      Buffer.concat([Buffer.from([coding === 'gzip' ? 1 : 0, 0, 0, 0, content.length]), content]),
    );
    const headers = ['content-type: application/grpc', 'te: trailers', `grpc-encoding: ${coding}`, ...more];
    const args = headers.flatMap((header) => ['--header', header]);
    return await curl(version, ...args, '--data-binary', `@${path}`, `${ORIGIN}/grpc/Echo`);
  };

  test('an answer compressed per message is refused, and the client gets the reason', async () => {
    const { status, body } = await send('gzip');
    expect([status, body]).toEqual([
      502,
      expect.stringMatching(/"reason":"[^"]* turn message compression off in the client"/),
    ]);
    expect(body).toMatch(/proxy-status: bot-bottle; error=http_response_content_coding\r\n/i);
  });

  test.each([
    ['one in which nothing is', 'identity', []],
    ['one that is not compressed as its request was', 'gzip', ['x-plain: 1']],
  ])('%s arrives with its trailers and without the secret', async (_, coding, more) => {
    const { status, body } = await send(coding, ...more);
    expect([status, body]).toEqual([200, expect.stringMatching(/sent: Bearer \*+\./)]);
    expect(body).toMatch(/grpc-status: 0\r\n$/i);
  });
});

test("an answer before the request's end, followed by a close, always reaches the client", async () => {
  const path = join(world.folder, 'large');
  writeFileSync(path, Buffer.alloc(2 * 1024 ** 2, 'a line of text\n'));
  const upload = ['--header', 'Expect:', '--data-binary', `@${path}`, 'https://allowed.test:8444/'];
  const told: number[] = [];
  for (let count = 0; count < 12; count += 1) told.push((await curl('--http1.1', ...upload)).status);
  expect(told).toEqual(told.map(() => 413));
});

test('a session cookie in a WebSocket handshake stays outside too', async () => {
  const head = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'];
  const headers = [...head, 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];
  const args = ['--http1.1', '--max-time', '2', ...headers.flatMap((header) => ['--header', header])];
  const { status, body } = await curl(...args, `${ORIGIN}/api/ws`);
  expect([status, body]).toEqual([101, expect.stringMatching(/^x-left: 1\r$/im)]);
  expect(body).not.toMatch(/set-cookie/i);
});
