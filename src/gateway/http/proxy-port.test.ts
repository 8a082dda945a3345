import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { AuditLog } from '../audit/log.ts';
import { gateBy } from '../gate/gate.testing.ts';
import { createLivePolicy } from '../gate/live-policy.ts';
import { Wire } from '../tunnel/wire.ts';
import { serveProxyPort } from './proxy-port.ts';

test('a CONNECT that is none is refused as all else is: with a rule, what to do, and a line in the log', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bot-bottle-proxy-'));
  const path = join(folder, 'egress.jsonl');
  const audit = new AuditLog({ path, bottleId: 'b1' });
  const gate = gateBy(createLivePolicy({ allow: [], deny: [] }), audit);
  const nothing = (): undefined => undefined;
  const tls = { gate, servers: undefined, acceptSecure: nothing };
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    void serveProxyPort({ gate, tls, acceptHttp: nothing }, Wire.of(socket));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.write('CONNECT a.test:443 HTTP/1.1\r\nContent-Length: 1\r\n\r\n');
  const [head = '', body = ''] = (await text(client)).split('\r\n\r\n');
  expect(head).toMatch(/^HTTP\/1\.1 403 [^]*\r\nProxy-Status: bot-bottle; error=http_request_denied\r\n/);
  expect(JSON.parse(body)).toMatchObject({
    error: 'denied_by_protocol',
    rule: 'gateway.malformed',
    reason: 'the CONNECT request announces a body',
    nextStep: expect.stringContaining('plain form'),
    forAgents: expect.stringContaining('way round'),
  });
  expect(readFileSync(path, 'utf8')).toContain('"rule":"gateway.malformed"');
  server.close();
  audit.close();
  rmSync(folder, { recursive: true });
});
