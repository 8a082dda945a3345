import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { AuditLog } from '../../audit/log.ts';
import { Budget } from '../../budget/budget.ts';
import type { Rule, UpstreamProxy } from '../../config.ts';
import { createGate } from '../../gate/gate.ts';
import { createLivePolicy } from '../../gate/live-policy.ts';
import { createScreen, NO_SECRETS } from '../../screen/screen.ts';
import { Wire } from '../../tunnel/wire.ts';
import { createHttpService } from '../serve.ts';
import { receivedOn } from '../serve.testing.ts';

const CREDENTIALS = `Basic ${Buffer.from('user:secret').toString('base64')}`;
const HANDSHAKE =
  'GET /ws HTTP/1.1\r\nHost: far.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nProxy-Authorization: Basic b3du\r\n' +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
/** The answer to this key from RFC 6455, 1.3. */
const TAKEN_UP =
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n';
const REFUSED =
  'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="corp"\r\nContent-Length: 9\r\n\r\nlog in...';

async function listening(serve: (socket: Socket) => void): Promise<{ server: Server; port: number }> {
  const server = createServer((socket) => serve(socket.on('error', () => undefined)));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

const RULE: Rule = { id: 'allow[0]', host: 'far.test', port: 80, scheme: 'http', websocket: true };

/** Asks for a WebSocket through a company proxy. Returns what the client and the proxy received, and the log. */
async function ask(authorization: string | undefined, rule: Partial<Rule> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'bot-bottle-ws-proxy-'));
  const path = join(folder, 'egress.jsonl');
  const asked: string[] = [];
  const proxy = await listening((socket) =>
    socket.once('data', (bytes) => {
      asked.push(String(bytes));
      socket.end(String(bytes).includes(`Proxy-Authorization: ${CREDENTIALS}\r\n`) ? TAKEN_UP : REFUSED);
    }),
  );
  const bare = { host: '127.0.0.1', port: proxy.port, bypass: [] };
  const upstreamProxy: UpstreamProxy = authorization === undefined ? bare : { ...bare, authorization };
  const audit = new AuditLog({ path, bottleId: 'b1' });
  const gate = createGate({
    config: { upstreamProxy },
    policy: createLivePolicy({ allow: [{ ...RULE, ...rule }], deny: [] }),
    audit,
    lookup: async () => await Promise.reject(new Error('the proxy looks names up')),
    budget: new Budget({}),
    inspectHost: () => [],
    inspectLogTexts: () => [],
    isOpen: () => true,
  });
  const http = createHttpService({
    gate,
    screen: createScreen({ secrets: NO_SECRETS, rules: [], basicUsers: [] }),
    bottleId: 'b1',
    dialTls: async () => await Promise.reject(new Error('there is no TLS here')),
    upstreamSilenceMs: 20_000,
    onConnect: () => undefined,
  });
  const gateway = await listening((socket) => http.acceptWire(Wire.of(socket), { via: 'http' }));
  const client = connect(gateway.port, '127.0.0.1');
  client.write(HANDSHAKE);
  const heard = await receivedOn(client);
  await expect.poll(() => readFileSync(path, 'utf8')).toContain('"event":"end"');
  const log = readFileSync(path, 'utf8');
  for (const { server } of [gateway, proxy]) server.close();
  http.close();
  audit.close();
  rmSync(folder, { recursive: true });
  return { heard, asked, log, proxy: `127.0.0.1:${proxy.port}` };
}

describe('WebSockets through a company proxy', () => {
  test.each([{}, { dlp: 'block' }] as const)(
    'are requested with the credentials of the proxy, by a rule with %j',
    async (rule) => {
      const { heard, asked } = await ask(CREDENTIALS, rule);
      expect(heard).toMatch(/^HTTP\/1.1 101 /);
      expect(asked).toEqual([expect.stringMatching(/^GET http:\/\/far\.test\/ws HTTP\/1.1\r\n/)]);
      // The gateway's own credentials, not those that the bottle has sent.
      expect(asked[0]?.match(/^proxy-authorization: .*$/gim)).toEqual([
        `Proxy-Authorization: ${CREDENTIALS}`,
      ]);
    },
  );

  test.each([undefined, 'Basic d3Jvbmc='])(
    'report refused credentials %s to the bottle without asking it for any',
    async (authorization) => {
      const { heard, log, proxy, asked } = await ask(authorization);
      const reason = `the proxy ${proxy} answered 407 (credentials in HTTPS_PROXY)`;
      expect(heard).toMatch(/^HTTP\/1.1 502 /);
      expect(heard).toContain(reason);
      expect(heard).not.toMatch(/proxy-authenticate|log in/i);
      expect(log).toContain(reason);
      expect(log).toContain('"status":407');
      expect(asked.length).toBe(1);
    },
  );
});
