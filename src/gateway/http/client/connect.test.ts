import { describe, expect, test } from 'vitest';
import { readFirstWords, serveProxyPort } from './connect.ts';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { AuditLog } from '../../audit/log.ts';
import { gateBy } from '../../gate/gate.testing.ts';
import { createLivePolicy } from '../../gate/live-policy.ts';
import { Wire } from '../../tunnel/wire.ts';

import * as fc from 'fast-check';

const read = (text: string) => readFirstWords(Buffer.from(text, 'latin1'));

describe('first bytes on the proxy port', () => {
  test('are a CONNECT request with the length of its head', () => {
    const text = 'CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443 \r\nUser-Agent: x\r\n\r\n';
    expect(read(`${text}\x16\x03`)).toEqual({
      kind: 'connect',
      target: 'example.org:443',
      hosts: ['example.org:443'],
      headBytes: text.length,
    });
  });

  test.each(['GET / HTTP/1.1', 'CONNECTED', 'connect a:1', '\x16\x03\x01', ' CONNECT', 'C0'])(
    '%j are another request',
    (text) => {
      expect(read(text)).toEqual({ kind: 'other' });
    },
  );

  test.each(['', 'C', 'CONNECT ', 'CONNECT a:1 HTTP/1.1\r\n', 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n'])(
    '%j need more bytes',
    (text) => {
      expect(read(text)).toBeUndefined();
    },
  );

  test.each([
    'CONNECT a:1\r\n\r\n',
    'CONNECT a:1 HTTP/1.1 x\r\n\r\n',
    'CONNECT  a:1 HTTP/1.1\r\n\r\n',
    'CONNECT a:1 b:2 HTTP/1.1\r\n\r\n',
    'CONNECT a:1 HTTP/2\r\n\r\n',
    'CONNECT a:1 HTTP/1.1\nHost: a:1\r\n\r\n',
    'CONNECT a\0:1 HTTP/1.1\r\n\r\n',
    'CONNECT a:1 HTTP/1.1\r\nHost : a:1\r\n\r\n',
    'CONNECT a:1 HTTP/1.1\r\n Host: a:1\r\n\r\n',
    'CONNECT a:1 HTTP/1.1\r\nHost: a\0\r\n\r\n',
    'CONNECT a:1 HTTP/1.1\r\nHost: a\nX: y\r\n\r\n',
    'CONNECT a:1 HTTP/1.1\r\nContent-Length: 5\r\n\r\n',
    'CONNECT a:1 HTTP/1.1\r\nContent-Length: 05\r\n\r\n',
    'CONNECT a:1 HTTP/1.1\r\nContent-Length: 0, 5\r\n\r\n',
    'CONNECT a:1 HTTP/1.1\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n',
    'CONNECT a:1 HTTP/1.1\r\nContent-Length:\r\n\r\n',
    'CONNECT a:1 HTTP/1.1\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n',
    'CONNECT a:1 HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n',
  ])('%j are malformed', (text) => {
    expect(read(text)).toMatchObject({ kind: 'malformed' });
  });

  test.each(['Content-Length: 0', 'content-length:0 \t', 'te: \r\ncontent-length: 0\r\npragma: no-cache'])(
    'may be a CONNECT request that says it has no body: %j',
    (headers) => {
      expect(read(`CONNECT a:1 HTTP/1.1\r\n${headers}\r\n\r\n`)).toMatchObject({ kind: 'connect' });
    },
  );

  test('are read in the same way, however they are cut', () => {
    const whole = 'CONNECT example.org:443 HTTP/1.1\r\nHost: example.org\r\n\r\nrest';
    fc.assert(
      fc.property(fc.nat(whole.length), (cut) => {
        const part = read(whole.slice(0, cut));
        expect(part === undefined || part.kind === 'connect').toBe(true);
      }),
    );
  });
});

test('a malformed CONNECT gets a refusal with a rule, a next step and a line in the log', async () => {
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
    forAgents: expect.stringContaining('way around'),
  });
  expect(readFileSync(path, 'utf8')).toContain('"rule":"gateway.malformed"');
  server.close();
  audit.close();
  rmSync(folder, { recursive: true });
});
