import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, DEFAULT_CIPHERS, type TlsOptions } from 'node:tls';
import { expect, test } from 'vitest';
import { createAuthority } from './authority/authority.ts';
import { constraintsOf } from './authority/names.ts';
import { CIPHERS } from './ciphers.ts';

const HOST = 'allowed.test';
const RULE = { id: 'one', host: HOST, port: 443, scheme: 'https', opensTls: true } as const;
const authority = createAuthority('bottle', constraintsOf({ allow: [RULE], deny: [] }));

async function agreedOn(
  atServer: TlsOptions,
  atClient: Pick<TlsOptions, 'ciphers' | 'maxVersion'>,
): Promise<string> {
  const { certificate: cert, key } = authority.issue(HOST);
  const server = createServer({ cert, key, ...atServer }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = connect({ port, servername: HOST, ca: authority.certificate, ...atClient });
  await once(client, 'secureConnect');
  const { standardName } = client.getCipher();
  client.destroy();
  server.close();
  return standardName;
}

test('what both sides have is AES with 128 bits, whichever side prefers it; all that Node would take is still taken', async () => {
  expect(await agreedOn({ ciphers: CIPHERS }, {})).toBe('TLS_AES_128_GCM_SHA256');
  expect(await agreedOn({ honorCipherOrder: false }, { ciphers: CIPHERS })).toBe('TLS_AES_128_GCM_SHA256');
  expect(await agreedOn({ ciphers: CIPHERS }, { ciphers: 'TLS_AES_256_GCM_SHA384' })).toBe(
    'TLS_AES_256_GCM_SHA384',
  );
  expect(CIPHERS.split(':').toSorted()).toEqual(DEFAULT_CIPHERS.split(':').toSorted());
});
