import type { Socket as DatagramSocket } from 'node:dgram';
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { serveDnsDatagrams, serveDnsStream, type DnsParts } from './serve.ts';

/** Denies and answers everything. */
const PARTS = {
  policy: { decideEarly: () => ({ verdict: 'deny', rule: 'default', reason: 'no' }) },
  gatewayAddress: '127.0.0.1',
  audit: { decision: () => ({}) },
  inspectHost: () => [],
  inspectLogTexts: () => [],
} as unknown as DnsParts;

/** A question for the address of `a.example`: RFC 1035, 4.1. */
const QUERY = Buffer.from('1234010000010000000000000161076578616d706c650000010001', 'hex');

test('a question from port 0, which cannot be answered, does not stop the service', () => {
  const sent: number[] = [];
  const socket = Object.assign(new EventEmitter(), {
    send: (_: Buffer, port: number) => {
      // As dgram does.
      if (port === 0) throw new RangeError('Port should be > 0 and < 65536');
      sent.push(port);
    },
  });
  serveDnsDatagrams(PARTS, socket as unknown as DatagramSocket);
  for (const port of [0, 4711]) socket.emit('message', QUERY, { port, address: '127.0.0.1' });
  expect(sent).toEqual([4711]);
});

/** A connection whose other side reads nothing. */
function untaken(): Socket {
  const stream = new Duplex({ read: () => undefined, write: () => undefined });
  return Object.assign(stream, { setTimeout: () => stream }) as unknown as Socket;
}

test.each([
  [100, false],
  [5_000, true],
])('a client that asks %d times without reading answers is disconnected: %s', async (count, isCutOff) => {
  const socket = untaken();
  serveDnsStream(PARTS, socket);
  const question = Buffer.concat([Buffer.from([0, QUERY.length]), QUERY]);
  socket.push(Buffer.concat(Array.from({ length: count }, () => question)));
  await turn();
  expect(socket.destroyed).toBe(isCutOff);
  expect(socket.writableLength).toBeLessThan(70_000);
});
