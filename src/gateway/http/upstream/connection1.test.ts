import { duplexPair, Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ContentStream } from '../../message/content-stream.ts';
import { UpstreamConnection1 } from './connection1.ts';
import { Exchange1 } from './exchange1.ts';
import { FINE, OUTBOUND, settle } from './h1.testing.ts';

test('a kept connection collects no listeners from its requests', async () => {
  const [ours, theirs] = duplexPair();
  theirs.resume();
  const connection = new UpstreamConnection1(ours, 'a.test', () => undefined);
  const listeners: number[] = [];
  for (let count = 0; count < 3; count += 1) {
    const outbound = { ...OUTBOUND, method: 'POST', body: Readable.from(['hello']) };
    connection.run(new Exchange1(outbound, { connection: 'kept' }));
    await settle();
    theirs.write(FINE);
    await settle();
    expect(connection.isUsable).toBe(true);
    listeners.push(ours.listenerCount('close'));
  }
  expect(listeners).toEqual(Array.from(listeners, () => listeners[0]));
});

test.each([
  { turns: 0, kind: Buffer },
  { turns: 2, kind: Buffer },
  { turns: 8, kind: ContentStream },
])('content that arrives $turns turns after its head is a $kind.name', async ({ turns, kind }) => {
  const [ours, theirs] = duplexPair();
  theirs.resume();
  const connection = new UpstreamConnection1(ours, 'a.test', () => undefined);
  const exchange = new Exchange1(OUTBOUND, { connection: 'kept' });
  connection.run(exchange);
  theirs.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n');
  for (let turned = 0; turned < turns; turned += 1) await turn();
  theirs.write('hello');
  expect((await exchange.answered).body).toBeInstanceOf(kind);
});
