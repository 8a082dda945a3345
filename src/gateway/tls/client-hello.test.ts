import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { connect } from 'node:tls';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { runs } from '../../../test/support/runs.ts';
import { MAX_HELLO_BYTES, readClientHello } from './client-hello.ts';

/** Returns the first bytes of Node's own TLS client. */
async function realHello(servername: string): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const client = connect({ port: port ?? 0, host: '127.0.0.1', servername, rejectUnauthorized: false });
  client.on('error', () => undefined);
  const [socket] = (await once(server, 'connection')) as [Socket];
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  client.destroy();
  socket.destroy();
  server.close();
  return bytes;
}

let named: Buffer;
let nameless: Buffer;
beforeAll(async () => {
  named = await realHello('Example.org');
  nameless = await realHello('');
});

/** The same message, cut into records of `size` bytes. */
function inRecords(hello: Buffer, size: number): Buffer {
  const message = hello.subarray(5);
  const records: Buffer[] = [];
  for (let at = 0; at < message.length; at += size) {
    const part = message.subarray(at, at + size);
    records.push(Buffer.from([22, 3, 1, part.length >> 8, part.length & 0xff]), part);
  }
  return Buffer.concat(records);
}

describe('ClientHellos of real clients', () => {
  test('are read with a name', () => {
    expect(readClientHello(named)).toEqual({ state: 'hello', serverName: 'Example.org', encrypted: false });
  });

  test('are read without a name', () => {
    expect(readClientHello(nameless)).toEqual({ state: 'hello', serverName: undefined, encrypted: false });
  });

  test('are read in records of any size, and require more bytes while they are incomplete', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 600 }), fc.nat(), (size, cut) => {
        const bytes = inRecords(named, size);
        expect(readClientHello(bytes)).toMatchObject({ serverName: 'Example.org' });
        expect(readClientHello(bytes.subarray(0, cut % bytes.length))).toEqual({ state: 'more' });
      }),
    );
  });

  test('are read with other bytes after them', () => {
    expect(readClientHello(Buffer.concat([named, Buffer.from('more')]))).toMatchObject({
      serverName: 'Example.org',
    });
  });
});

describe('other bytes instead of a ClientHello', () => {
  test('random bytes cause no error and name no host', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(['more', 'refused']).toContain(readClientHello(Buffer.from(bytes)).state);
      }),
    );
  });

  test('a ClientHello with changed bytes is read or refused, and never causes an error', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 5 }), (changes) => {
        const bytes = Buffer.from(named);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        expect(['hello', 'more', 'refused']).toContain(readClientHello(bytes).state);
      }),
      { numRuns: runs(3000) },
    );
  });

  test.each([
    ['plain text', 'GET / HTTP/1.1\r\n', 'is not TLS'],
    ['an old hello', Buffer.from('80', 'hex'), 'is not TLS'],
    ['a record of a wrong version', Buffer.from('1602', 'hex'), 'is not TLS'],
    ['an empty record', Buffer.from('1603010000', 'hex'), 'has a record of a wrong length'],
    ['a record that is too long', Buffer.from('1603014001', 'hex'), 'has a record of a wrong length'],
    ['a message of a server', Buffer.from('160301000102', 'hex'), 'does not begin with a ClientHello'],
    [
      'a message that is too long',
      Buffer.from('160301000401004001', 'hex'),
      'has a ClientHello that is too large',
    ],
    ['an empty message', Buffer.from('160301000401000000', 'hex'), 'has a ClientHello that ends early'],
    ['another record in between', Buffer.from('160301000201001503010002', 'hex'), 'has a stray record'],
  ])('%s is refused', (_, bytes, reason) => {
    expect(readClientHello(Buffer.from(bytes as string, 'latin1'))).toEqual({ state: 'refused', reason });
  });

  test('the bytes kept in memory are limited', () => {
    const endless = Buffer.concat([
      Buffer.from([22, 3, 1, 0x40, 0, 1, 0, 0x40, 0]),
      Buffer.alloc(MAX_HELLO_BYTES),
    ]);
    expect(readClientHello(endless).state).not.toBe('hello');
    expect(readClientHello(inRecords(Buffer.concat([Buffer.alloc(5), endless.subarray(5)]), 1)).state).toBe(
      'refused',
    );
  });
});
