import { duplexPair, Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { HostConnection1 } from './connection1.ts';
import { Exchange1 } from './exchange1.ts';
import { FINE, OUTBOUND, settle } from './h1.testing.ts';

test('a kept connection gathers no listeners from the requests it carries', async () => {
  const [ours, theirs] = duplexPair();
  theirs.resume();
  const connection = new HostConnection1(ours, 'a.test', () => undefined);
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
