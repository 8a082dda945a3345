import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { assetPath } from '../../src/host/paths.ts';
import { agentOwner, isRoot } from '../../src/host/user.ts';
import { openCapture, type Capture } from '../../src/verify/arena/capture.ts';
import { makeNonce } from '../../src/verify/arena/nonce.ts';

let capture: Capture;
beforeAll(async () => {
  capture = await openCapture();
});
afterAll(async () => await capture[Symbol.asyncDispose]());

async function heard(nonce: string): Promise<string> {
  await capture.settle();
  return capture.heard(nonce).join('\n');
}

/** By the very program that attacks, as root: what a bottle must not be able to. */
async function sentBy(kind: string, ...lists: readonly string[]): Promise<string> {
  const nonce = makeNonce();
  const args = [assetPath('verify/packets.pl'), kind, Buffer.from(nonce).toString('hex'), '9', ...lists];
  expect(spawnSync('perl', args)).toMatchObject({ status: 0 });
  return await heard(nonce);
}

describe.runIf(isRoot())('as root', () => {
  test.each([
    ['udp_lite', 136, ['127.0.0.1', '']],
    ['icmp', 1, ['127.0.0.1', '']],
    ['icmp6', 58, ['', '::1']],
    ['sctp', 132, ['127.0.0.1', '']],
    ['protocol', 253, ['127.0.0.1', '']],
  ] as const)('hears %s, on the wire and taken in', async (kind, protocol, lists) => {
    const ways = await sentBy(kind, ...lists);
    expect(ways).toContain(`IP protocol ${protocol}, taken in by the host`);
    expect(ways).toContain('a packet into lo');
  });

  test('hears frames without IP, that leave and that come', async () => {
    const ways = await sentBy('frame');
    expect(ways).toContain('frame type 88b5');
    expect(ways).toContain('a frame that the host took in');
  });

  test('hears what leaves for another host, and a name as a question has it, whatever its case', async () => {
    const nonce = makeNonce();
    const socket = createSocket('udp4');
    const question = Buffer.from(
      `\u0001x${String.fromCharCode(nonce.length)}${nonce.toUpperCase()}\u0004test\0`,
    );
    // RFC 5737: for documents.
    await new Promise((resolve) => socket.send(question, 53, '198.51.100.1', resolve));
    socket.close();
    expect(await heard(nonce)).toMatch(/a packet out of \S+, IP protocol 17 to 198\.51\.100\.1/);
  });

  test('hears nothing that was not sent', async () => {
    expect(await heard(makeNonce())).toBe('');
  });

  test('says so when it listens no more', async () => {
    const closed = await openCapture();
    await closed[Symbol.asyncDispose]();
    await expect(closed.settle()).rejects.toThrow(/ended before the attack did/);
  });

  test('an ordinary user is told that it may not', () => {
    const { status, stderr } = spawnSync('perl', [assetPath('arena/capture.pl')], {
      ...agentOwner(),
      encoding: 'utf8',
    });
    expect([status !== 0, stderr]).toEqual([true, 'packet socket: Operation not permitted\n']);
  });
});

test.runIf(!isRoot())('as an ordinary user it hears nothing, and says why', async () => {
  expect(capture.missing).toMatch(/^not possible/);
  expect(await capture.settle()).toBe(capture.missing);
});
