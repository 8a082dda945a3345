import { mkdtempSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { connect as connectTcp, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { connect, type PeerCertificate } from 'node:tls';
import { expect, test, vi } from 'vitest';
import { Wire } from '../tunnel/wire.ts';
import { createAuthority } from './authority/authority.ts';
import { constraintsOf } from './authority/names.ts';
import { createTlsServers } from './servers.ts';

const HOST = 'allowed.test';
const RULE = { id: 'one', host: HOST, port: 443, scheme: 'https', opensTls: true } as const;
const AT_ONCE = 12;
const WEEK_MS = 7 * 86_400_000;

/** Connections through Unix sockets have no address that distinguishes them, and are read by events. */
test('the gateway opens TLS on many connections of one Unix socket at a time, with bytes that it had read before', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'tls-'));
  const authority = createAuthority('bottle', constraintsOf({ allow: [RULE], deny: [] }));
  const servers = createTlsServers(authority);
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const wire = Wire.of(socket);
    const look = (bytes: Buffer): boolean => {
      wire.hold(Buffer.from(bytes));
      // Delayed, as by the search for a rule.
      setTimeout(() => void servers.open(wire.release(), HOST).then((secure) => secure.pipe(secure)), 5);
      return true;
    };
    wire.read(look, { ended: () => undefined, broke: () => undefined });
  });
  const path = join(dir, 's');
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const suites = new Set<string>();
  const ask = async (number: number, ciphers?: string): Promise<string> => {
    const client = connect({ path, servername: HOST, ca: authority.certificate, ciphers });
    client.once('secureConnect', () => suites.add(client.getCipher().standardName));
    client.end(`number ${number}`);
    return await text(client);
  };
  const numbers = Array.from({ length: AT_ONCE }, (_, number) => number);
  expect(await Promise.all(numbers.map(async (number) => await ask(number)))).toEqual(
    numbers.map((number) => `number ${number}`),
  );
  expect([...suites]).toEqual(['TLS_AES_128_GCM_SHA256']);
  expect(await ask(AT_ONCE, 'TLS_AES_256_GCM_SHA384')).toBe(`number ${AT_ONCE}`);
  expect(suites).toContain('TLS_AES_256_GCM_SHA384');
  server.close();
  rmSync(dir, { recursive: true });
});

test('a certificate that was issued while the clock was ahead is not used after the clock is right again', async () => {
  const authority = createAuthority('bottle', constraintsOf({ allow: [RULE], deny: [] }));
  const servers = createTlsServers(authority);
  const server = createServer((socket) => void servers.open(socket, HOST).catch(() => undefined));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const shown = async (): Promise<PeerCertificate> => {
    const client = connect({ port, host: '127.0.0.1', servername: HOST, rejectUnauthorized: false });
    await once(client, 'secureConnect');
    const certificate = client.getPeerCertificate();
    client.destroy();
    return certificate;
  };
  const beginsAhead = async (): Promise<boolean> => Date.parse((await shown()).valid_from) > Date.now();
  const nowMs = Date.now();
  vi.useFakeTimers({ toFake: ['Date'], now: nowMs + WEEK_MS });
  const ahead = await shown();
  vi.setSystemTime(nowMs);
  expect(Date.parse(ahead.valid_from)).toBeGreaterThan(Date.now());
  expect(await beginsAhead()).toBe(false);
  vi.useRealTimers();
  server.close();
});

test('a handshake fails at once when its client leaves', async () => {
  const servers = createTlsServers(createAuthority('bottle', constraintsOf({ allow: [RULE], deny: [] })));
  const server = createServer({ allowHalfOpen: true });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const opened = once(server, 'connection').then(
    async ([socket]: Socket[]) => await servers.open(socket as Socket, HOST),
  );
  const raw = connectTcp({ port, host: '127.0.0.1', allowHalfOpen: true });
  // The server's part reaches a client that does not continue.
  raw.once('data', () => raw.end());
  const client = connect({ socket: mute(raw), servername: HOST }).on('error', () => undefined);
  await expect(opened).rejects.toThrow(/disconnected before secure|closed the connection/);
  for (const one of [client, raw]) one.destroy();
  server.close();
});

/** Passes on written bytes, and emits no events. */
function mute(to: Socket): Duplex {
  return new Duplex({
    write: (...[bytes, , done]: [Buffer, BufferEncoding, () => void]) => void to.write(bytes, done),
    read: () => undefined,
  });
}
