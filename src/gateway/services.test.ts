import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { AuditLog } from './audit/log.ts';
import type { GatewayConfig } from './config.ts';
import { createLiveScreen } from './screen/live.ts';
import { createServices } from './services.ts';

const VALUE = 'q7HX4nzK2vbW6ymD3tpA5rgC7fsJ2ueO4ilw6XQN3kzb5hVT7mdY2aprc4gfJ6so';

test('when an agent guesses at a secret, the gateway refuses all further requests and names the secret', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'services-'));
  const audit = new AuditLog({ path: join(dir, 'log'), bottleId: 'b' });
  const protect = [{ name: '.env: KEY', value: VALUE, kind: 'secret' as const }];
  const screen = createLiveScreen({ secrets: { inject: {}, protect }, rules: [], basicUsers: [] });
  const rule = { id: 'allow[0]', host: 'a.test', port: 80, scheme: 'http', dlp: 'block' } as const;
  const policy = { allow: [{ ...rule, addresses: ['127.0.0.1'] }], deny: [] };
  const config = { bottleId: 'b', policy, hostAddresses: [] } as unknown as GatewayConfig;
  const services = createServices(config, { audit, authority: undefined, screen });
  const [proxy, http, https, dnsTcp] = [createServer(), createServer(), createServer(), createServer()];
  services.serve({ proxy, http, https, dnsTcp });
  services.open();
  proxy.listen(join(dir, 'proxy'));
  await once(proxy, 'listening');
  const ask = async (path: string): Promise<string> => {
    const socket = connect(join(dir, 'proxy'));
    socket.end(`GET http://a.test${path} HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n`);
    return await text(socket);
  };
  for (let step = 0; step < 7; step += 1)
    expect(await ask(`/${VALUE.slice(step, step + 48)}`)).toContain('"rule":"gateway.dlp"');
  expect(await ask(`/${VALUE.slice(7, 55)}`)).toContain('"rule":"gateway.guessing"');
  const refused = await ask('/');
  expect(refused).toMatch(/^HTTP\/1\.1 403 .*"rule":"gateway\.guessing".*\.env: KEY.*renew that secret/s);
  expect(refused).not.toContain(VALUE.slice(0, 8));
  // No policy takes effect from now on, whatever it says.
  const told = [expect.stringContaining('.env: KEY')] as unknown;
  expect(services.controls.setPolicy(policy)).toEqual({ lacking: told });
  services.close();
  proxy.close();
  audit.close();
  rmSync(dir, { recursive: true });
});
