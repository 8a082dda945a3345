import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Rule } from '../../../src/gateway/config.ts';
import { SECURE_PORTS } from './support/secure-origins.ts';
import { GATEWAY, World, type TestGateway } from './support/world.ts';

/**
 * The gateway gives up on a host that stalls when it is the host's turn, and tells the client and the log at which
 * step.
 */

let world: World;
let gateway: TestGateway;

beforeAll(async () => {
  world = await World.open();
  const rule = { host: 'allowed.test', scheme: 'https', opensTls: true } as const;
  const allow: Rule[] = Object.entries(SECURE_PORTS).map(([id, port]) => ({ ...rule, id, port }));
  gateway = await world.startGateway([], {
    config: { policy: { allow, deny: [] }, upstreamSilenceMs: 2_000 },
  });
});

afterAll(async () => {
  await gateway?.stop();
  await world?.close();
});

describe.each([
  ['--http1.1', SECURE_PORTS.oldOnly],
  ['--http2', SECURE_PORTS.newOnly],
])('a client that speaks %s', (version, port) => {
  const ask = async (...args: readonly string[]) =>
    await gateway.curl('--proxy', `http://${GATEWAY}:3128`, version, '--max-time', '15', ...args);
  /** The log contains the ends of requests a little later. */
  const lastEnd = () => expect.poll(() => gateway.log.filter(({ event }) => event === 'end').at(-1));

  test.each([
    ['begins no answer', port, '/never', [], /has not begun to answer within 2 s/],
    [
      'takes nothing of a request',
      SECURE_PORTS.stalls,
      '/',
      ['--data-binary', '@/usr/bin/perl'],
      /taken no more/,
    ],
    [
      'says nothing in TLS',
      SECURE_PORTS.mute,
      '/',
      [],
      /TLS with allowed.test failed: it did not answer within 1 s/,
    ],
  ])('such a client gets the reason when the upstream %s', async (...[, at, path, how, reason]) => {
    const { status, body } = await ask(...how, `https://allowed.test:${at}${path}`);
    expect({ status, ...(JSON.parse(body) as object) }).toMatchObject({
      status: 502,
      error: 'upstream_failed',
      port: at,
      reason: expect.stringMatching(reason),
    });
    await lastEnd().toMatchObject({ port: at, reason: expect.stringMatching(reason) });
  });

  test('such a client sees half an answer break off', async () => {
    const { status, body, exitCode } = await ask(`https://allowed.test:${port}/half`);
    expect({ status, body }).toEqual({ status: 200, body: 'half' });
    // curl(1): partial file, connection cut off, or an HTTP/2 stream that was not closed cleanly.
    expect([18, 56, 92]).toContain(exitCode);
    await lastEnd().toMatchObject({ reason: 'the upstream has sent no more of its answer for 2 s' });
  });

  test('such a client gets a paused answer whole, though it takes longer than the limit', async () => {
    const { status, body, exitCode } = await ask(`https://allowed.test:${port}/pauses`);
    expect({ status, exitCode, lines: body.trim().split('\n').length }).toEqual({
      status: 200,
      exitCode: 0,
      lines: 20,
    });
  });

  test('such a client may read an answer as slowly as it likes', async () => {
    const slow = ['--limit-rate', '2M', '--output', '/dev/null'];
    const { status, exitCode } = await ask(...slow, `https://allowed.test:${port}/big?12000000`);
    expect({ status, exitCode }).toEqual({ status: 200, exitCode: 0 });
  });
});
