import { constants } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createServer, type TlsOptions } from 'node:tls';
import { expect, test, vi } from 'vitest';
import { faultOf } from '../http/exchange/fault.ts';
import { createAuthority } from '../tls/authority/authority.ts';
import { constraintsOf } from '../tls/authority/names.ts';
import { createDialTls } from './dial-tls.ts';

const HOST = 'allowed.test';
const DAY_MS = 86_400_000;
const RULE = { id: 'one', host: HOST, port: 443, scheme: 'https', opensTls: true } as const;

/** A host with a certificate for one day, from a trusted authority unless self-signed, and a function that dials it. */
async function open(options: TlsOptions = {}, trusted: 'authority' | 'host' = 'authority') {
  const dir = mkdtempSync(join(tmpdir(), 'dial-'));
  const trustPath = join(dir, 'trust.pem');
  const authority = createAuthority('bottle', constraintsOf({ allow: [RULE], deny: [] }));
  const { certificate: cert, key } = authority.issue(HOST);
  writeFileSync(trustPath, trusted === 'host' ? cert : authority.certificate);
  const choices = { cert, key, honorCipherOrder: false, ...options };
  const server = createServer(choices, (secure) => secure.end('all'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const asked = { via: 'proxy', host: HOST, port, method: 'GET', path: '/' } as const;
  const route = { kind: 'direct', addresses: ['127.0.0.1'] } as const;
  const dialTls = createDialTls(trustPath, 10_000);
  return {
    server,
    dial: async () => await dialTls({ route, asked }, ['http/1.1']),
    close: () => {
      server.close();
      rmSync(dir, { recursive: true });
    },
  };
}

test('a host without a preference gets AES with 128 bits', async () => {
  const host = await open();
  const secure = await host.dial();
  expect(secure.getCipher().standardName).toBe('TLS_AES_128_GCM_SHA256');
  secure.destroy();
  host.close();
});

test('a trusted certificate need not be a root', async () => {
  const host = await open({}, 'host');
  const secure = await host.dial();
  expect(await text(secure)).toBe('all');
  host.close();
});

test('a session is resumed, any number of times, while the certificate of its host is valid', async () => {
  const host = await open();
  const isResumed = async (): Promise<boolean> => {
    const secure = await host.dial();
    const isReused = secure.isSessionReused();
    // Each connection gets the next session before its content.
    await text(secure);
    return isReused;
  };
  expect([await isResumed(), await isResumed(), await isResumed()]).toEqual([false, true, true]);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2 * DAY_MS });
  expect(await isResumed()).toBe(false);
  vi.useRealTimers();
  host.close();
});

test('an error about a required client certificate shows no memory address', async () => {
  const host = await open({ requestCert: true, rejectUnauthorized: true });
  // In TLS 1.3, a host reports this after its client considers the connection made.
  const secure = await host.dial();
  const fault = await once(secure.resume(), 'close').then(() => 'none', faultOf);
  expect(fault).toMatch(/^TLS with the upstream failed: it requires a client certificate/);
  host.close();
});

test('a host that breaks off at an unknown session is dialled again without one', async () => {
  const host = await open({ maxVersion: 'TLSv1.2', secureOptions: constants.SSL_OP_NO_TICKET });
  const known = new Set<string>();
  let asked = 0;
  host.server.on('newSession', (id: Buffer, _: Buffer, done: () => void) => {
    known.add(id.toString('hex'));
    done();
  });
  // Each TLS 1.3 client sends a session ID that the host has never issued.
  host.server.on('resumeSession', (id: Buffer, done: (error: Error | null, session: null) => void) => {
    const isKnown = known.has(id.toString('hex'));
    if (isKnown) asked += 1;
    done(isKnown ? new Error('the store is gone') : null, null);
  });
  const said = async (): Promise<string> => await text(await host.dial());
  expect([await said(), await said()]).toEqual(['all', 'all']);
  expect(asked).toBe(1);
  host.close();
});
