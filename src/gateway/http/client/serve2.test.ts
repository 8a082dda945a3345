import { duplexPair } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { data, peerOn, post } from '../h2/peer.testing.ts';
import { createHttp2Service } from './serve2.ts';

/** A connection that opens and leaves. */
async function visit(service: ReturnType<typeof createHttp2Service>): Promise<WeakRef<object>> {
  const [client, server] = duplexPair();
  const entrance = { via: 'tls' } as const;
  service.accept(server as unknown as TLSSocket, entrance);
  client.resume().write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0');
  await turn();
  client.destroy();
  server.destroy();
  await turn();
  // Only the service's session refers to it.
  return new WeakRef(entrance);
}

test('a connection that has ended does not stay in memory', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const nothing = {} as never;
  const service = createHttp2Service({
    gate: nothing,
    screen: nothing,
    dialTls: nothing,
    forwarder: nothing,
    upstreamSilenceMs: 1_000,
  });
  const visits: WeakRef<object>[] = [];
  for (let count = 0; count < 10; count += 1) visits.push(await visit(service));
  for (let count = 0; count < 5; count += 1) {
    await turn();
    collect();
  }
  // The last one or two may still be on a stack.
  expect(visits.filter((entrance) => entrance.deref() !== undefined).length).toBeLessThan(5);
});

/** A screen that finds something in the content of an allowed request. */
function finding(): { readonly gate: never; readonly screen: never } {
  const refusal = { verdict: 'deny', kind: 'content', rule: 'gateway.dlp', reason: 'no' };
  const judge = (asked: object): unknown =>
    Promise.resolve({ verdict: 'allow', asked, grant: { dlp: 'block' } });
  const push = (): unknown => ({ release: new Uint8Array(0), findings: [], blocked: true });
  const inspector = { head: () => [], body: () => ({ push, end: push }) };
  return {
    gate: { judge, wait: () => () => undefined, block: () => refusal } as never,
    screen: { alarm: () => undefined, inspector } as never,
  };
}

test('a refused request ends with its answer, even when its content is incomplete', async () => {
  const [socket, server] = duplexPair();
  const nothing = {} as never;
  const parts = { ...finding(), dialTls: nothing, forwarder: nothing, upstreamSilenceMs: 1_000 };
  createHttp2Service(parts).accept(server as unknown as TLSSocket, { via: 'tls', isSecure: true });
  const client = peerOn(socket);
  socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0');
  await client.say(post(1), data(1, 'begin'));
  expect(client.heard.some(({ payload }) => payload.includes('denied_by_content'))).toBe(true);
  expect(client.resets()).toEqual([[1, 0]]);
  socket.destroy();
});
