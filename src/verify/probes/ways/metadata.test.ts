import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import type { Targets } from '../../arena/targets.ts';
import { allowedAt } from '../../judge/observe.ts';
import type { Probe } from '../probe.ts';
import { METADATA } from './metadata.ts';

const PORT = 4711;

/** Returns the hosts that an attack requests from its proxy; this proxy accepts everything and connects nowhere. */
async function hostsOf({ run }: Probe): Promise<readonly string[]> {
  const asked: string[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      const [, host] = /^CONNECT (.*):\d+ /.exec(data.toString()) ?? [];
      if (host !== undefined) asked.push(host);
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  vi.stubEnv('HTTP_PROXY', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  try {
    await run.attack({ port: PORT } as Targets, 'bbn');
    return asked;
  } finally {
    vi.unstubAllEnvs();
    server.close();
  }
}

const allow = (host: string) => ({ verdict: 'allow', host, port: PORT, via: 'connect' }) as const;

describe.each(METADATA.map((probe) => [probe.id, probe] as const))('%s', (_, probe) => {
  const hosts = probe.oracle.kind === 'allowed' ? probe.oracle.hosts : [];

  test('each target of metadata is found in a log that allowed it, by name and as a URL', async () => {
    const asked = await hostsOf(probe);
    expect(asked.length).toBeGreaterThanOrEqual(5);
    const written = asked.map((host) => new URL(`http://${host}`).hostname);
    const missed = [...asked, ...written].filter(
      (host) => allowedAt([allow(host)], hosts, PORT).length === 0,
    );
    expect(missed).toEqual([]);
  });

  test('an unrequested target of metadata is not found', () => {
    expect(allowedAt([allow('169.254.169.253'), allow('a.test')], hosts, PORT)).toEqual([]);
  });
});
