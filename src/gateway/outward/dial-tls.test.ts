import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { expect, test } from 'vitest';
import { createAuthority } from '../tls/authority/authority.ts';
import { constraintsOf } from '../tls/authority/names.ts';
import { createDialTls } from './dial-tls.ts';

const HOST = 'allowed.test';
const RULE = { id: 'one', host: HOST, port: 443, scheme: 'https', opensTls: true } as const;

test('a host that leaves the choice to the gateway is spoken to with AES of 128 bits', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'dial-'));
  const trustPath = join(dir, 'trust.pem');
  const authority = createAuthority('bottle', constraintsOf({ allow: [RULE], deny: [] }));
  writeFileSync(trustPath, authority.certificate);
  const { certificate: cert, key } = authority.issue(HOST);
  const server = createServer({ cert, key, honorCipherOrder: false }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const asked = { via: 'proxy', host: HOST, port, method: 'GET', path: '/' } as const;
  const route = { kind: 'direct', addresses: ['127.0.0.1'] } as const;
  const secure = await createDialTls(trustPath, 10_000)({ route, asked }, ['http/1.1']);
  expect(secure.getCipher().standardName).toBe('TLS_AES_128_GCM_SHA256');
  secure.destroy();
  server.close();
  rmSync(dir, { recursive: true });
});
