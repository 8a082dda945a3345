import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { heardOn, openGateway, type GatewayParts } from '../serve.testing.ts';
import { FrameReader, type Frame } from './frames.ts';

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const ACCEPT = createHash('sha1').update(`${KEY}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
const HANDSHAKE =
  'GET /ws HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${KEY}\r\n\r\n`;
const MASK = Buffer.from([7, 77, 177, 250]);

/** A frame; a client's where there is a mask. */
function frame({ opcode, isFinal, payload }: Omit<Frame, 'bytes'>, mask?: Buffer): Buffer {
  const { length } = payload;
  const masked = mask === undefined ? 0 : 0x80;
  const size = Buffer.alloc(length < 126 ? 1 : length < 65_536 ? 3 : 9);
  if (size.length === 3) size.writeUInt16BE(length, 1);
  if (size.length === 9) size.writeBigUInt64BE(BigInt(length), 1);
  size[0] = masked | (size.length === 1 ? length : size.length === 3 ? 126 : 127);
  const sent = mask === undefined ? payload : payload.map((byte, at) => byte ^ (mask[at & 3] ?? 0));
  return Buffer.concat([Buffer.from([(isFinal ? 0x80 : 0) | opcode]), size, mask ?? Buffer.alloc(0), sent]);
}

/** A host that takes WebSockets up with these headers more, and answers each frame. */
function host(headers: string, answer: (frame: Frame) => Buffer) {
  let heard = Buffer.alloc(0);
  const serve = (connection: Duplex): void => {
    const reader = new FrameReader('client');
    connection.once('data', () => {
      const own = `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${ACCEPT}\r\n`;
      connection.write(`HTTP/1.1 101 Switching Protocols\r\n${own}${headers}\r\n`);
      connection.on('data', (bytes: Buffer) => {
        heard = Buffer.concat([heard, bytes]);
        for (const one of reader.push(bytes)) connection.write(answer(one));
      });
    });
  };
  return { heard: () => heard, serve };
}

/** A WebSocket through a gateway, once it was taken up: what is sent by it, and the frames that come. */
async function open(parts: GatewayParts) {
  const gateway = openGateway({ ...parts, rule: { websocket: true, ...parts.rule } });
  const client = gateway.connect();
  const reader = new FrameReader('host');
  const frames: Frame[] = [];
  let isOpen = false;
  client.on('data', (bytes: Buffer) => {
    if (isOpen) return frames.push(...reader.push(bytes));
    const end = bytes.indexOf('\r\n\r\n') + 4;
    isOpen = true;
    return frames.push(...reader.push(bytes.subarray(end)));
  });
  client.write(HANDSHAKE);
  await expect.poll(() => isOpen).toBe(true);
  return { ...gateway, client, frames };
}

test.each([{ dlp: 'block' }, {}] as const)('frames of any size come back by a rule with %j', async (rule) => {
  const { heard, serve } = host('', (one) => frame(one));
  using socket = await open({ rule, serve });
  const sizes = [0, 1, 125, 126, 65_535, 65_536, 200_000];
  const sent = [
    ...sizes.map((size) => ({ opcode: 2, isFinal: true, payload: Buffer.alloc(size, 200) })),
    { opcode: 9, isFinal: true, payload: Buffer.from('there?') },
    { opcode: 1, isFinal: false, payload: Buffer.from('one ') },
    { opcode: 0, isFinal: false, payload: Buffer.alloc(0) },
    { opcode: 0, isFinal: true, payload: Buffer.from('two') },
    { opcode: 8, isFinal: true, payload: Buffer.from([3, 232]) },
  ];
  socket.client.write(Buffer.concat(sent.map((one) => frame(one, MASK))));
  await expect.poll(() => socket.frames.length).toBe(sent.length);
  const told = ({ opcode, isFinal, payload }: Omit<Frame, 'bytes'>) =>
    `${opcode} ${isFinal} ${payload.toString('hex')}`;
  expect(socket.frames.map(told)).toEqual(sent.map(told));
  // Where nobody looks, nothing is hidden from anybody, and all is passed on as it comes.
  expect(heard().includes(MASK)).toBe(!('dlp' in rule));
});

test('the head that takes a WebSocket up counts for max_bytes', async () => {
  const { serve } = host(`X-Data: ${'z'.repeat(10_000)}\r\n`, () => Buffer.alloc(0));
  using gateway = openGateway({ rule: { websocket: true }, limits: { maxBytes: 2_000 }, serve });
  const client = gateway.connect();
  client.write(HANDSHAKE);
  const told = await heardOn(client);
  expect(told).toMatch(/^HTTP\/1.1 403 .*max_bytes of 2000/s);
  expect(told).not.toContain('X-Data');
});

test('and within the limit it passes (control)', async () => {
  const { serve } = host(`X-Data: ${'z'.repeat(10_000)}\r\n`, (one) => frame(one));
  using socket = await open({ limits: { maxBytes: 20_000 }, serve });
  socket.client.write(frame({ opcode: 1, isFinal: true, payload: Buffer.from('hello') }, MASK));
  await expect.poll(() => socket.frames.map(({ payload }) => payload.toString())).toEqual(['hello']);
});

describe('max_tokens', () => {
  const done = (input: number, output: number): Buffer =>
    Buffer.from(
      `{"type":"response.done","response":{"usage":{"input_tokens":${input},"output_tokens":${output}}}}`,
    );
  const ask = (text = 'more') => frame({ opcode: 1, isFinal: true, payload: Buffer.from(text) }, MASK);
  /** What one response costs, and in which frames that comes. */
  const inPieces = (payload: Buffer, at: number): Buffer =>
    Buffer.concat([
      frame({ opcode: 1, isFinal: false, payload: payload.subarray(0, at) }),
      frame({ opcode: 9, isFinal: true, payload: done(500, 500) }),
      frame({ opcode: 0, isFinal: true, payload: payload.subarray(at) }),
    ]);

  test.each([
    ['in one frame', () => frame({ opcode: 1, isFinal: true, payload: done(30, 10) })],
    ['in two, with a ping between them', () => inPieces(done(30, 10), 60)],
  ])('counts what each message states, %s, and lets no more be asked', async (_, answer) => {
    const { heard, serve } = host('', answer);
    using socket = await open({ limits: { maxTokens: 100 }, serve });
    for (const turn of [1, 2, 3]) {
      socket.client.write(ask());
      await expect
        .poll(() => socket.frames.filter(({ opcode }) => opcode < 8 && opcode > 0).length)
        .toBe(turn);
      expect(socket.client.destroyed).toBe(false);
    }
    await expect.poll(() => socket.frames.at(-1)?.isFinal).toBe(true);
    const before = heard().length;
    socket.client.write(ask());
    await once(socket.client, 'close');
    expect(heard().length).toBe(before);
    const next = socket.connect();
    next.write(HANDSHAKE);
    expect(await heardOn(next)).toMatch(/^HTTP\/1.1 403 .*max_tokens of 100/s);
  });

  test('counts what a client has read that leaves before it is stated', async () => {
    const delta = frame({ opcode: 1, isFinal: true, payload: Buffer.from(`{"delta":"${'d'.repeat(90)}"}`) });
    const { serve } = host('', () => Buffer.concat(Array.from({ length: 60 }, () => delta)));
    using socket = await open({ limits: { maxTokens: 100 }, serve });
    socket.client.write(ask());
    await expect.poll(() => socket.frames.length).toBe(60);
    socket.client.write(ask());
    await expect.poll(() => socket.frames.length).toBe(120);
    socket.client.destroy();
    const next = socket.connect();
    next.write(HANDSHAKE);
    expect(await heardOn(next)).toMatch(/^HTTP\/1.1 403 .*max_tokens of 100/s);
  });

  test('ends where nobody can read what is stated', async () => {
    const { serve } = host('', () => Buffer.from('c100', 'hex'));
    using socket = await open({ limits: { maxTokens: 100 }, serve });
    socket.client.write(ask());
    await once(socket.client, 'close');
    expect(socket.frames).toEqual([]);
  });

  test('is nothing to a WebSocket of short messages that state nothing (control)', async () => {
    const { serve } = host('', (one) => frame(one));
    using socket = await open({ limits: { maxTokens: 1, maxRequests: 1 }, serve });
    for (const turn of [1, 2]) {
      socket.client.write(ask());
      await expect.poll(() => socket.frames.length).toBe(turn);
    }
  });
});
