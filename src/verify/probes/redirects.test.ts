import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { redirectAt } from '../arena/listeners/redirects.ts';
import type { Targets } from '../arena/targets.ts';
import { NOT_MADE } from '../guest/wire.ts';
import { selectProbes } from '../select-probes.ts';

const T = {
  port: 4711,
  lenderPort: 4712,
  names: { http: 'http.test', other: 'other.test', opened: 'opened.test', lends: 'lends.test' },
  addresses: { ip4: ['192.0.2.1', '192.0.2.2', '192.0.2.3'] },
} as unknown as Targets;

const [elsewhere, byGateway] = selectProbes({ ids: ['redirect-elsewhere', 'redirect-gateway'] });

let end = (): unknown => undefined;
afterEach(() => {
  vi.unstubAllEnvs();
  end();
});

/** Starts a proxy that answers redirect requests of these forms, and refuses all others; returns the requested URLs. */
async function openProxy(forms: RegExp): Promise<readonly string[]> {
  const asked: string[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      const url = data.toString().split(' ')[1] ?? '';
      asked.push(url);
      const redirect = redirectAt(url);
      const isGiven = redirect !== undefined && forms.test(url);
      const [status, header] = isGiven ? [redirect.status, redirect.header.join(': ')] : [403, 'X: y'];
      socket.end(`HTTP/1.1 ${status} Said\r\n${header}\r\n\r\n`);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  end = () => server.close();
  vi.stubEnv('HTTP_PROXY', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return asked;
}

const isFollowed = (url: string): boolean => redirectAt(url) === undefined;

test('redirects that came and led nowhere were refused', async () => {
  const asked = await openProxy(/\/redirect\//);
  await expect(elsewhere?.run.attack(T, 'bbn')).rejects.toThrow('HTTP/1.1 403 Said');
  expect(asked.some((url) => url.startsWith('http://other.test:4711/led/'))).toBe(true);
});

test.each(['attack', 'control'] as const)('without a redirect, the %s follows none', async (which) => {
  const asked = await openProxy(/\/redirect\/(?!303)/);
  await expect(elsewhere?.run[which](T, 'bbn')).rejects.toThrow(NOT_MADE);
  expect(asked.length).toBeGreaterThan(0);
  expect(asked.filter(isFollowed)).toEqual([]);
});

test('without redirects from the TLS hosts, the gateway got no request', async () => {
  await openProxy(/\/redirect\//);
  await expect(byGateway?.run.attack(T, 'bbn')).rejects.toThrow(NOT_MADE);
});
