import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { expect, test } from 'vitest';
import { AuditLog } from '../audit/log.ts';
import type { Rule } from '../config.ts';
import { gateBy } from '../gate/gate.testing.ts';
import { createLivePolicy } from '../gate/live-policy.ts';
import type { Found } from '../outward/lookup.ts';
import { Wire } from '../tunnel/wire.ts';
import { serveTlsPort } from './serve.ts';

const RULE: Rule = { id: 'allow[0]', host: 'a.test', port: 443, scheme: 'https' };
const DENYING: Rule = { id: 'deny[0]', host: 'a.test', port: 0, scheme: 'tcp' };
const ASTRAY: Found = { kind: 'address', refused: 'leads to 10.0.0.1 (private)' };
const NOWHERE: Found = { kind: 'lookup', refused: 'does not resolve (ENOTFOUND)' };

interface Refusing {
  readonly deny?: readonly Rule[];
  readonly found?: Found;
  readonly isOpen?: boolean;
}

/** Returns the alert that a TLS client receives when it asks for a.test. */
async function alertTo(rule: Rule, { deny = [], found = ASTRAY, isOpen = true }: Refusing): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'bot-bottle-tls-'));
  const audit = new AuditLog({ path: join(folder, 'egress.jsonl'), bottleId: 'b1' });
  const lookup = async (): Promise<Found> => await Promise.resolve(found);
  const gate = gateBy(createLivePolicy({ allow: [rule], deny }), audit, { lookup, isOpen: () => isOpen });
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    void serveTlsPort({ gate, servers: undefined, acceptSecure: () => undefined }, Wire.of(socket));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = connect({ port, host: '127.0.0.1', servername: 'a.test' });
  const [error] = (await once(client, 'error')) as [NodeJS.ErrnoException];
  server.close();
  audit.close();
  rmSync(folder, { recursive: true });
  return error.code ?? error.message;
}

const DECIDED = 'ERR_SSL_TLSV1_ALERT_ACCESS_DENIED';
const FOR_NOW = 'ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR';

test.each<[string, Refusing, string]>([
  ['a rule denies it', { deny: [DENYING] }, DECIDED],
  ['its name leads where it must not', { found: ASTRAY }, DECIDED],
  ['its name is not found', { found: NOWHERE }, FOR_NOW],
  ['the bottle is not open yet', { isOpen: false }, FOR_NOW],
])('where %s, the alert says whether that was decided, opened or not', async (_, refusing, alert) => {
  expect(await alertTo(RULE, refusing)).toBe(alert);
  expect(await alertTo({ ...RULE, opensTls: true }, refusing)).toBe(alert);
});

test('where nothing can open it, that is no decision', async () => {
  expect(await alertTo({ ...RULE, opensTls: true, addresses: ['192.0.2.1'] }, {})).toBe(FOR_NOW);
});
