import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BudgetLimits, Rule } from '../../../src/gateway/config.ts';
import { SECURE_PORTS } from './support/secure-origins.ts';
import { GATEWAY, World, type TestGateway } from './support/world.ts';

/** The total budget of a bottle: every way out counts, and an exhausted budget closes all of them. */

let world: World;
let gateway: TestGateway;

const opened: Rule = {
  id: 'api',
  host: 'allowed.test',
  port: SECURE_PORTS.oldOnly,
  scheme: 'https',
  opensTls: true,
  websocket: true,
};
const echo: Rule = { id: 'echo', host: 'allowed.test', port: 2222, scheme: 'tcp' };
const plain: Rule = { id: 'plain', host: 'allowed.test', port: 8080, scheme: 'http' };

async function limited(limits: BudgetLimits): Promise<void> {
  await gateway?.stop();
  gateway = await world.startGateway([], {
    config: { limits, policy: { allow: [opened, echo, plain], deny: [] } },
  });
}

beforeAll(async () => {
  world = await World.open();
});

afterAll(async () => {
  await gateway?.stop();
  await world?.close();
});

const origin = (path: string): string => `https://allowed.test:${SECURE_PORTS.oldOnly}${path}`;
const proxied = ['--proxy', `http://${GATEWAY}:3128`];
const curl = async (...args: readonly string[]) => await gateway.curl(...proxied, ...args);

/** Returns the arguments with which the origin answers with this type and body. */
const saying = (type: string, body: string): string[] => [
  '--header',
  `Content-Type: ${type}`,
  '--data',
  body,
];
const JSON_TYPE = 'application/json';
const ANTHROPIC = JSON.stringify({
  type: 'message',
  usage: { input_tokens: 10, cache_read_input_tokens: 5, output_tokens: 20 },
});
const OPENAI = [
  'data: {"choices":[{"delta":{"content":"hello"}}]}',
  'data: {"choices":[],"usage":{"prompt_tokens":30,"completion_tokens":6}}',
  'data: [DONE]',
  '',
].join('\n\n');

const DELTA =
  'data: {"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":" word"}}]}\n\n';
const UNSTATED = `${DELTA.repeat(50)}data: [DONE]\n\n`;

const endLines = () => gateway.log.filter(({ event }) => event === 'end');
const spent = (limit: string) => ({ error: 'denied_by_budget', rule: 'gateway.budget', reason: limit });

describe('requests', () => {
  test('requests up to the limit go out by any way, and the next one gets the reason and is not sent', async () => {
    await limited({ maxRequests: 3 });
    expect((await curl(origin('/a'))).status).toBe(200);
    expect((await curl('--http2', origin('/b'))).status).toBe(200);
    expect((await curl('http://allowed.test:8080/c')).status).toBe(200);
    const from = world.heard.length;
    expect((await curl(origin('/d'))).status).toBe(403);
    const { status, body } = await curl('http://allowed.test:8080/d');
    expect(status).toBe(403);
    expect(JSON.parse(body)).toMatchObject(spent('the bottle has used up its max_requests of 3'));
    expect(body).toContain('raise the limit in bot-bottle.yaml');
    const tunnel = await gateway.send(3128, 'CONNECT allowed.test:2222 HTTP/1.1\r\n\r\n');
    expect(tunnel).toMatch(/^HTTP\/1.1 403 .*gateway.budget/s);
    expect(await world.heardSince(from)).toEqual([]);
  });
});

describe('tokens', () => {
  test.each([
    ['JSON', ANTHROPIC, JSON_TYPE, [], { input: 15, output: 20 }],
    ['events', OPENAI, 'text/event-stream', [], { input: 30, output: 6 }],
    ['events that state none', UNSTATED, 'text/event-stream', [], { input: 0, output: 50 }],
    [
      'many events, as they state it',
      DELTA.repeat(50) + OPENAI,
      'text/event-stream',
      [],
      { input: 30, output: 6 },
    ],
    ['JSON in a coding', ANTHROPIC, JSON_TYPE, ['--header', 'X-Coding: gzip'], { input: 15, output: 20 }],
  ])('tokens of %s are counted over both HTTP versions, and the next request is refused', async (...row) => {
    const [, body, type, more, usage] = row;
    await limited({ maxTokens: usage.input + usage.output + 1 });
    const ask = async (version: string) =>
      await curl(version, ...more, ...saying(type, body), origin('/echo'));
    expect(await ask('--http2')).toMatchObject({ status: 200, body });
    expect(await ask('--http1.1')).toMatchObject({ status: 200, body });
    expect((await ask('--http1.1')).status).toBe(403);
    await gateway.stop();
    expect(endLines()).toMatchObject([
      { status: 200, usage, rule: 'api' },
      { status: 200, usage, rule: 'api' },
    ]);
  });

  test('without a token limit the upstream chooses the encoding', async () => {
    await limited({});
    const args = ['--header', 'X-Coding: gzip', '--dump-header', '-', '--output', '/dev/null'];
    const { body } = await curl(...args, ...saying(JSON_TYPE, ANTHROPIC), origin('/echo'));
    expect(body.toLowerCase()).toContain('content-encoding: gzip');
  });
});

describe('bytes', () => {
  test("the log's end line has the bytes of both directions", async () => {
    await limited({});
    await curl('--data-binary', '@/usr/bin/perl', origin('/big?200000'));
    await gateway.stop();
    const [line] = endLines();
    expect(line?.up).toBeGreaterThan(1_000_000);
    expect(line?.down).toBeGreaterThan(200_000);
    expect(line?.bytes).toBe((line?.up ?? 0) + (line?.down ?? 0));
  });

  test.each(['--http1.1', '--http2'])('%s: a long answer breaks off at the byte limit', async (version) => {
    await limited({ maxBytes: 100_000 });
    const { exitCode, body } = await curl(version, origin('/big?5000000'));
    expect(exitCode).not.toBe(0);
    expect(body.length).toBeLessThanOrEqual(100_000);
    expect((await curl(version, origin('/'))).status).toBe(403);
    await gateway.stop();
    expect(endLines()).toMatchObject([{ reason: 'the bottle has used up its max_bytes of 100000' }]);
  });

  test('a long upload breaks off at the byte limit, and its client gets the reason', async () => {
    await limited({ maxBytes: 100_000 });
    const from = world.heard.length;
    const { status, body } = await curl('--data-binary', '@/usr/bin/perl', origin('/up'));
    expect({ status, body: JSON.parse(body) as unknown }).toMatchObject({
      status: 403,
      body: spent('the bottle has used up its max_bytes of 100000'),
    });
    expect(await world.heardSince(from, 'request')).toEqual([]);
  });

  test('a tunnel breaks off at the byte limit', async () => {
    await limited({ maxBytes: 1_000 });
    const client = gateway.spawnInBottle(['node', '-e', TUNNEL_CLIENT]);
    const [code] = (await once(client, 'close')) as [number];
    expect(code).toBe(9);
    await gateway.stop();
    expect(endLines()).toMatchObject([
      { rule: 'echo', reason: 'the bottle has used up its max_bytes of 1000' },
    ]);
  });

  test('a WebSocket breaks off at the byte limit', async () => {
    await limited({ maxBytes: 3_000 });
    const client = gateway.spawnInBottle(['node', '-e', SOCKET_CLIENT]);
    const [code] = (await once(client, 'close')) as [number];
    expect(code).toBe(9);
    await gateway.stop();
    expect(endLines()).toMatchObject([
      { rule: 'api', reason: 'the bottle has used up its max_bytes of 3000' },
    ]);
  });
});

describe('bytes of a rule', () => {
  const budget = (maxBytes: number) => ({ budget: { name: 'allowed.test', maxBytes } });
  const bounded: Rule = { ...opened, paths: ['/big', '/up'], ...budget(100_000) };
  const reason = 'the rules of allowed.test have used up their max_bytes of 100000';
  const ruleSpent = { error: 'denied_by_budget', rule: 'gateway.rule-budget', reason };

  async function withRules(allow: readonly Rule[]): Promise<void> {
    await gateway?.stop();
    gateway = await world.startGateway([], { config: { policy: { allow, deny: [] } } });
  }

  test.each(['--http1.1', '--http2'])(
    "%s: an answer breaks off at a rule's byte limit, and other rules go on",
    async (version) => {
      await withRules([bounded, { ...opened, id: 'rest' }, plain]);
      const { exitCode, body } = await curl(version, origin('/big?5000000'));
      expect(exitCode).not.toBe(0);
      expect(body.length).toBeLessThanOrEqual(100_000);
      expect((await curl(version, origin('/big?1'))).status).toBe(403);
      expect((await curl(version, origin('/'))).status).toBe(200);
      await gateway.stop();
      expect(endLines()).toMatchObject([
        { rule: 'api', reason },
        { rule: 'rest', status: 200 },
      ]);
    },
  );

  test.each(['--http1.1', '--http2'])(
    "%s: an upload gets the reason at a rule's byte limit, and other rules of the upstream go on",
    async (version) => {
      await withRules([bounded, { ...opened, id: 'rest' }, plain]);
      const from = world.heard.length;
      const { status, body } = await curl(version, '--data-binary', '@/usr/bin/perl', origin('/up'));
      expect({ status, body: JSON.parse(body) as unknown }).toMatchObject({ status: 403, body: ruleSpent });
      expect(body).toContain('raise its max_bytes');
      expect((await curl(version, origin('/up'))).status).toBe(403);
      expect(await world.heardSince(from, 'request')).toEqual([]);
      expect((await curl(version, origin('/'))).status).toBe(200);
      expect((await curl('http://allowed.test:8080/c')).status).toBe(200);
    },
  );

  test("a tunnel and a WebSocket break off at a rule's byte limit", async () => {
    await withRules([
      { ...opened, ...budget(3_000) },
      { ...echo, budget: { name: 'echo', maxBytes: 1_000 } },
    ]);
    for (const script of [TUNNEL_CLIENT, SOCKET_CLIENT]) {
      const [code] = (await once(gateway.spawnInBottle(['node', '-e', script]), 'close')) as [number];
      expect(code).toBe(9);
    }
    const refused = await gateway.send(3128, 'CONNECT allowed.test:2222 HTTP/1.1\r\n\r\n');
    expect(refused).toMatch(/^HTTP\/1.1 403 .*gateway.rule-budget/s);
    await gateway.stop();
    expect(endLines()).toMatchObject([
      { rule: 'echo', reason: 'the rules of echo have used up their max_bytes of 1000' },
      { rule: 'api', reason: 'the rules of allowed.test have used up their max_bytes of 3000' },
    ]);
  });
});

/** Keeps sending for every piece that it receives; ends with 9 if the connection breaks after it was open. */
const TUNNEL_CLIENT = `
const socket = require('net').connect(3128, '${GATEWAY}');
let open = false;
socket.write('CONNECT allowed.test:2222 HTTP/1.1\\r\\n\\r\\n');
socket.on('data', () => { open = true; socket.write('x'.repeat(100)); });
socket.on('error', () => undefined).on('close', () => process.exit(open ? 9 : 1));`;
const SOCKET_CLIENT = `
// Masked, as a client's frames must be, with zeros.
const FRAME = Buffer.concat([Buffer.from([0x82, 0x80 | 100, 0, 0, 0, 0]), Buffer.alloc(100, 'x')]);
const socket = require('net').connect(3128, '${GATEWAY}');
socket.write('CONNECT allowed.test:${SECURE_PORTS.oldOnly} HTTP/1.1\\r\\n\\r\\n');
socket.once('data', () => {
  let open = false;
  const secure = require('tls').connect({ socket, servername: 'allowed.test', rejectUnauthorized: false });
  secure.write('GET /ws HTTP/1.1\\r\\nHost: allowed.test:${SECURE_PORTS.oldOnly}\\r\\nConnection: Upgrade\\r\\n' +
    'Upgrade: websocket\\r\\nSec-WebSocket-Version: 13\\r\\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\\r\\n\\r\\n');
  secure.on('data', (data) => { open ||= String(data).includes(' 101 '); secure.write(FRAME); });
  secure.on('error', () => undefined).on('close', () => process.exit(open ? 9 : 1));
});`;
