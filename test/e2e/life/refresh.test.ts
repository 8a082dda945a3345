import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeHome, type Home } from '../../support/home.ts';
import { KEYS } from '../../support/terminal.ts';

/**
 * Secrets that expire are read again while their bottle runs. A value that the gateway has may not leave, so a refused
 * request shows that the gateway has it; a request with any other value passes.
 */

let home: Home;
let host: Server;
let manifest: string;
let valuePath: string;

const setValue = (value: string): void => writeFileSync(valuePath, `${value}\n`);

beforeAll(async () => {
  home = makeHome();
  host = createServer((_, response) => response.end('heard'));
  await once(host.listen(0, '127.0.0.1'), 'listening');
  const { port } = host.address() as AddressInfo;
  valuePath = `${home.project('values')}/token`;
  setValue('first-value-of-a-token');
  const secret = { command: ['cat', valuePath], refresh: '1s' };
  const allow = [
    { host: 'lent.example', inject: { bearer: true, secret } },
    { host: 'heard.example', scheme: 'http', port, addresses: ['127.0.0.1'] },
  ];
  manifest = home.manifest({
    bottles: { box: { workspace: 'none', egress: { allow } } },
    agents: { worker: { bottle: 'box', agent: 'shell' } },
  });
});

afterAll(async () => {
  await home.run(['stop', 'worker']);
  await home.remove();
  host.close();
});

/** Returns the status of a request that contains this text. */
async function bring(value: string): Promise<string> {
  const { port } = host.address() as AddressInfo;
  const curl = ['curl', '-s', '-o', '/dev/null', '-w', '%{http_code}', '-x', 'http://127.200.0.1:3128'];
  const args = [...curl, '-H', `X-Note: ${value}`, `http://heard.example:${port}/`];
  return (await home.run(['exec', 'worker', '--', ...args])).stdout;
}

async function untilRefused(value: string): Promise<void> {
  while ((await bring(value)) !== '403') await sleep(100);
}

test('the launcher reads a secret again, and after it the keeper', { timeout: 40_000 }, async () => {
  const args = ['start', 'worker', home.dir, '--manifest', manifest, '--yes', '--runtime', 'bubblewrap'];
  const terminal = home.terminal([...args, '--', 'sh', '-c', 'echo begun; sleep 300']);
  await terminal.shows(/begun/);
  expect(await bring('first-value-of-a-token')).toBe('403');
  expect(await bring('second-value-of-a-token')).toBe('200');
  setValue('second-value-of-a-token');
  await untilRefused('second-value-of-a-token');
  expect(await bring('first-value-of-a-token')).toBe('403');

  terminal.type(KEYS.detach);
  await terminal.shows(/detached/);
  expect(await terminal.ended()).toBe(0);
  expect(await bring('third-value-of-a-token')).toBe('200');
  setValue('third-value-of-a-token');
  await untilRefused('third-value-of-a-token');
});

test('the keeper has no variable with a secret', { timeout: 40_000 }, async () => {
  const value = 'a-value-that-only-the-launcher-reads';
  const secret = '${ONLY_FOR_THE_START}';
  const own = home.manifest({
    bottles: {
      box: {
        workspace: 'none',
        egress: { allow: [{ host: 'lent.example', inject: { bearer: true, secret } }] },
      },
    },
    agents: { other: { bottle: 'box', agent: 'shell' } },
  });
  const args = ['start', 'other', home.dir, '--manifest', own, '--yes', '--runtime', 'bubblewrap'];
  const env = { ...home.env, ONLY_FOR_THE_START: value, OTHERWISE: 'of-the-user' };
  const terminal = home.terminal([...args, '--', 'sh', '-c', 'echo begun; sleep 300'], { env });
  await terminal.shows(/begun/);
  const ownerEnvironment = async (): Promise<string> => {
    const [row] = (await home.list()).filter(({ agent }) => agent === 'other');
    return readFileSync(`/proc/${home.record(row?.id ?? '').owner.pid}/environ`, 'utf8');
  };
  expect(await ownerEnvironment()).toContain(value);
  terminal.type(KEYS.detach);
  await terminal.shows(/detached/);
  expect(await terminal.ended()).toBe(0);
  const kept = await ownerEnvironment();
  expect(kept).not.toContain(value);
  expect(kept).toContain('OTHERWISE=of-the-user');
  await home.run(['stop', 'other']);
});
