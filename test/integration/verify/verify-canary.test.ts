import { createSocket } from 'node:dgram';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openCanary, type Canary } from '../../../src/verify/arena/listeners/canary.ts';
import { makeNonce } from '../../../src/verify/arena/nonce.ts';

let folder: string;
let canary: Canary;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'canary-'));
  canary = await openCanary({ socketPath: join(folder, 's') });
});
afterAll(async () => {
  await canary[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** Returns whether the canary receives it within five seconds. */
async function hears(nonce: string): Promise<boolean> {
  const end = Date.now() + 5_000;
  while (canary.heard(nonce).length === 0 && Date.now() < end) await sleep(10);
  return canary.heard(nonce).length > 0;
}

const addresses = Object.entries(networkInterfaces()).flatMap(([name, all]) =>
  (all ?? []).map(({ address, family }) => ({
    address: address.startsWith('fe80') ? `${address}%${name}` : address,
    type: family === 'IPv4' ? ('udp4' as const) : ('udp6' as const),
  })),
);

test.each(addresses)('the canary receives TCP on $address', async ({ address }) => {
  const nonce = makeNonce();
  connect({ host: address, port: canary.port }).end(nonce);
  expect(await hears(nonce)).toBe(true);
});

test.each(addresses)('the canary receives a single datagram on $address', async ({ address, type }) => {
  const nonce = makeNonce();
  const socket = createSocket(type);
  socket.send(nonce, canary.port, address, () => socket.close());
  expect(await hears(nonce)).toBe(true);
});

test('the canary receives a broadcast and a multicast', async () => {
  const nonces = ['127.255.255.255', '224.0.0.1'].map((target) => ({ target, nonce: makeNonce() }));
  for (const { target, nonce } of nonces) {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1', () => {
      socket.setBroadcast(true);
      socket.setMulticastInterface('127.0.0.1');
      socket.send(nonce, canary.port, target, () => socket.close());
    });
    expect(await hears(nonce)).toBe(true);
  }
});

test('the canary receives on both Unix sockets', async () => {
  for (const path of [`\0${canary.abstractName}`, join(folder, 's')]) {
    const nonce = makeNonce();
    connect(path).end(nonce);
    expect(await hears(nonce)).toBe(true);
  }
});

test('the canary finds a nonce that is split over packets', async () => {
  const nonce = makeNonce();
  const socket = connect({ host: '127.0.0.1', port: canary.port, noDelay: true });
  socket.write(nonce.slice(0, 9));
  await sleep(50);
  socket.end(nonce.slice(9));
  expect(await hears(nonce)).toBe(true);
});

test('the canary answers HTTP, and reports the way of each nonce', async () => {
  const nonce = makeNonce();
  const response = await fetch(`http://127.0.0.1:${canary.port}/${nonce}`);
  expect(response.status).toBe(200);
  expect(canary.heard(nonce)).toEqual(['tcp on 127.0.0.1']);
});

test('the canary reports no nonce that was not sent', () => {
  expect(canary.heard(makeNonce())).toEqual([]);
});
