import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { receivedOn } from '../serve.testing.ts';
import { frame, HANDSHAKE, host, MASK, open } from '../websocket.testing.ts';

describe('max_tokens on WebSockets', () => {
  const done = (input: number, output: number): Buffer =>
    Buffer.from(
      `{"type":"response.done","response":{"usage":{"input_tokens":${input},"output_tokens":${output}}}}`,
    );
  const ask = (text = 'more') => frame({ opcode: 1, isFinal: true, payload: Buffer.from(text) }, MASK);
  /** Splits a response's statement into two frames, with a ping that contains another one between them. */
  const inPieces = (payload: Buffer, at: number): Buffer =>
    Buffer.concat([
      frame({ opcode: 1, isFinal: false, payload: payload.subarray(0, at) }),
      frame({ opcode: 9, isFinal: true, payload: done(500, 500) }),
      frame({ opcode: 0, isFinal: true, payload: payload.subarray(at) }),
    ]);

  test.each([
    ['in one frame', () => frame({ opcode: 1, isFinal: true, payload: done(30, 10) })],
    ['in two, with a ping between them', () => inPieces(done(30, 10), 60)],
  ])('counts the usage of each message, %s, and refuses further ones', async (_, answer) => {
    const { heard, serve } = host('', answer);
    using socket = await open({ limits: { maxTokens: 100 }, serve });
    for (const round of [1, 2, 3]) {
      socket.client.write(ask());
      await expect
        .poll(() => socket.frames.filter(({ opcode }) => opcode < 8 && opcode > 0).length)
        .toBe(round);
      expect(socket.client.destroyed).toBe(false);
    }
    await expect.poll(() => socket.frames.at(-1)?.isFinal).toBe(true);
    const before = heard().length;
    socket.client.write(ask());
    await once(socket.client, 'close');
    expect(heard().length).toBe(before);
    const next = socket.connect();
    next.write(HANDSHAKE);
    expect(await receivedOn(next)).toMatch(/^HTTP\/1.1 403 .*max_tokens of 100/s);
  });

  test('counts content that a client read before it left without a statement of usage', async () => {
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
    expect(await receivedOn(next)).toMatch(/^HTTP\/1.1 403 .*max_tokens of 100/s);
  });

  test('ends the WebSocket where the gateway cannot read the usage', async () => {
    const { serve } = host('', () => Buffer.from('c100', 'hex'));
    using socket = await open({ limits: { maxTokens: 100 }, serve });
    socket.client.write(ask());
    await once(socket.client, 'close');
    expect(socket.frames).toEqual([]);
  });

  test('does not affect a WebSocket of short messages without usage (control)', async () => {
    const { serve } = host('', (one) => frame(one));
    using socket = await open({ limits: { maxTokens: 1, maxRequests: 1 }, serve });
    for (const round of [1, 2]) {
      socket.client.write(ask());
      await expect.poll(() => socket.frames.length).toBe(round);
    }
  });
});
