import { once } from 'node:events';
import { Duplex, duplexPair } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { expect, test } from 'vitest';
import type { Rule } from '../../config.ts';
import { gateThatPasses } from '../../gate/gate.testing.ts';
import { createScreen } from '../../screen/screen.ts';
import type { ResponseHead } from '../../message/exchange.ts';
import { valuesOf } from '../../message/headers.ts';
import { receivedOn, openGateway } from '../serve.testing.ts';
import type { Frame } from './frames.ts';
import { passWebSocket } from './pass.ts';
import { ACCEPT, frame, HANDSHAKE, host, KEY, MASK, open } from '../websocket.testing.ts';

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
  // Without inspection, frames pass unchanged as they arrive, with the client's mask.
  expect(heard().includes(MASK)).toBe(!('dlp' in rule));
});

test('max_bytes counts the head that accepts a WebSocket', async () => {
  const { serve } = host(`X-Data: ${'z'.repeat(10_000)}\r\n`, () => Buffer.alloc(0));
  using gateway = openGateway({ rule: { websocket: true }, limits: { maxBytes: 2_000 }, serve });
  const client = gateway.connect();
  client.write(HANDSHAKE);
  const told = await receivedOn(client);
  expect(told).toMatch(/^HTTP\/1.1 403 .*max_bytes of 2000/s);
  expect(told).not.toContain('X-Data');
});

test('a WebSocket within max_bytes passes (control)', async () => {
  const { serve } = host(`X-Data: ${'z'.repeat(10_000)}\r\n`, (one) => frame(one));
  using socket = await open({ limits: { maxBytes: 20_000 }, serve });
  socket.client.write(frame({ opcode: 1, isFinal: true, payload: Buffer.from('hello') }, MASK));
  await expect.poll(() => socket.frames.map(({ payload }) => payload.toString())).toEqual(['hello']);
});

test.each([
  ['was taken up', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n', 100],
  ['was not answered', '', 0],
])(
  'the log states the bytes of the request for a WebSocket where it %s and nothing more was said',
  async (_, head, least) => {
    const query = 'q'.repeat(3_000);
    let heard = '';
    const serve = (connection: Duplex): void =>
      void connection.on('data', (bytes: Buffer) => {
        heard += bytes.toString();
        if (head !== '') connection.write(`${head}Sec-WebSocket-Accept: ${ACCEPT}\r\n\r\n`);
      });
    using gateway = openGateway({ rule: { websocket: true }, serve });
    const client = gateway.connect();
    let answer = '';
    client.on('data', (bytes: Buffer) => (answer += bytes.toString()));
    client.write(HANDSHAKE.replace('/ws', `/ws?${query}`));
    await expect.poll(() => heard).toContain(query);
    await expect.poll(() => answer).toContain(head.slice(0, 12));
    client.destroy();
    await expect.poll(gateway.log).toContain('"event":"end"');
    const end = JSON.parse(gateway.log().split('\n')[1] ?? '') as { up: number; down: number; bytes: number };
    expect(end.up).toBeGreaterThan(query.length);
    expect(end.down).toBeGreaterThanOrEqual(least);
    expect(end.bytes).toBe(end.up + end.down);
  },
);

test('a WebSocket that a limit breaks off is not reported as malformed', async () => {
  const { serve } = host('', (one) => frame(one));
  using socket = await open({ rule: { dlp: 'block' }, limits: { maxBytes: 2_000 }, serve });
  socket.client.write(frame({ opcode: 1, isFinal: true, payload: Buffer.alloc(3_000, 'a') }, MASK));
  await once(socket.client, 'close');
  await expect.poll(socket.log).toMatch(/"event":"end".*max_bytes of 2000/);
  expect(socket.log()).not.toContain('a frame of the WebSocket');
});

const LENT = {
  value: 'k-0f1e2d3c4b5a69788796a5b4c3d2e1f0',
  placeholder: 'p-1e2d3c4b5a69788796a5b4c3d2e1f0ff',
};

interface Scene {
  readonly rule: Partial<Rule>;
  readonly isLent: boolean;
  readonly serve: (connection: Duplex) => void;
  /** The client's stream. */
  readonly stream: Duplex;
}

const WANTED = { method: 'GET', path: '/ws', headers: ['Host', 'a.test', 'Sec-WebSocket-Key', KEY] };

/** Returns the head of an accepted WebSocket, as its client receives it. */
async function takenUp({ rule, isLent, serve, stream }: Scene): Promise<ResponseHead> {
  const endpoint = { host: { kind: 'name', host: 'a.test' }, port: 443 } as const;
  const grant: Rule = {
    id: 'allow[0]',
    host: 'a.test',
    port: 443,
    scheme: 'https',
    websocket: true,
    ...rule,
  };
  const secrets = { inject: { key: LENT }, protect: [] };
  const [ours, theirs] = duplexPair();
  serve(theirs);
  const request = { ...WANTED, body: undefined, trailers: () => [], wantsTrailers: false };
  const parts = {
    gate: gateThatPasses(grant, { isLent, end: () => undefined }),
    screen: createScreen({ secrets, rules: [], basicUsers: [] }),
    entrance: { via: 'tls', isSecure: true, bound: endpoint },
    dialTls: async () => await Promise.resolve(ours as TLSSocket),
    upstreamSilenceMs: 20_000,
  } as const;
  return await new Promise<ResponseHead>((accept, refuse) => {
    const [passOn, answer] = [refuse, refuse];
    void passWebSocket({ stream, accept, passOn, answer, isGone: () => false }, request, parts);
  });
}

/** Returns the head from a host that was lent a secret. */
async function headOfLent(headers: string, rule: Partial<Rule>): Promise<ResponseHead> {
  const [stream] = duplexPair();
  const { serve } = host(headers, (one) => frame(one));
  const head = await takenUp({ rule, isLent: true, serve, stream });
  stream.destroy();
  return head;
}

/** A connection that takes nothing until the test asks for it. */
class Stuck extends Duplex {
  #taken: (() => void) | undefined;

  override _read(): void {}

  override _write(...[, , done]: [Buffer, BufferEncoding, () => void]): void {
    this.#taken = done;
  }

  takeOne(): void {
    this.#taken?.();
  }
}

test.each([false, true])(
  'frames of a few bytes do not pile up for a stalled client, and all arrive (lent: %s)',
  async (isLent) => {
    const stream = new Stuck();
    let connection: Duplex | undefined;
    const { serve } = host('', () => Buffer.alloc(0));
    const keep = (given: Duplex): void => serve((connection = given));
    await takenUp({ rule: {}, isLent, serve: keep, stream });
    for (let count = 0; count < 1_000; count += 1) {
      connection?.write(frame({ opcode: 9, isFinal: true, payload: Buffer.alloc(0) }));
      await turn();
    }
    expect(stream.writableLength).toBeLessThan(200);
    let taken = 0;
    for (; stream.writableLength > 0; taken += 1) {
      stream.takeOne();
      await turn();
    }
    expect(taken).toBe(1_000);
    stream.destroy();
  },
);

test.each([
  ['not by the rule that lends it', { inject: { secret: 'key', slot: { kind: 'bearer' } } }, []],
  ['by another (control)', {}, ['session=1', 'b=2']],
] as const)(
  'cookies come with a WebSocket to a host that was lent a secret: %s',
  async (_, rule, cookies) => {
    const { headers } = await headOfLent(
      `Set-Cookie: session=1\r\nX-Was: ${LENT.value}\r\nset-cookie: b=2\r\n`,
      rule,
    );
    expect(valuesOf(headers, 'set-cookie')).toEqual(cookies);
    expect(valuesOf(headers, 'x-was')).toEqual(['*'.repeat(LENT.value.length)]);
  },
);
