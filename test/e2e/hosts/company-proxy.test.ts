import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runOrThrow } from '../../../src/host/run.ts';
import { makeHome, type Home } from '../../support/home.ts';

/** A company proxy with a password: the gateway has it, but no disk, environment or argument contains it. */

const PASSWORD = 'pass-of-the-company-4711';
const BASIC = Buffer.from(`user:${PASSWORD}`).toString('base64');

let home: Home;
let proxy: Server;
let heard = '';
let env: Record<string, string>;
let manifest: string;

beforeAll(async () => {
  home = makeHome();
  proxy = createServer((socket) => {
    socket.on('data', (chunk) => {
      heard += chunk.toString('latin1');
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    });
    socket.on('error', () => undefined);
  });
  await once(proxy.listen(0, '0.0.0.0'), 'listening');
  const own = Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal);
  const { port } = proxy.address() as { port: number };
  env = { HTTPS_PROXY: `http://user:${PASSWORD}@${own?.address}:${port}` };
  manifest = home.manifest({
    bottles: { box: { workspace: 'none', egress: { allow: [{ host: 'a.example', tls: 'pass' }] } } },
    agents: { worker: { bottle: 'box', agent: 'shell' } },
  });
});

afterAll(async () => {
  await home.remove();
  proxy.close();
}, 60_000);

function contentsIn(dir: string): string {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .map((name) => join(dir, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, 'latin1'))
    .join('\n');
}

/** Returns the arguments and the environment with which a process was started. */
const startOf = (pid: number): string =>
  ['cmdline', 'environ'].map((name) => readFileSync(`/proc/${pid}/${name}`, 'latin1')).join('\n');

/** Returns the ids of the gateway's processes, on this host or in its container. */
async function gatewaysOf(id: string, isSidecar: boolean): Promise<number[]> {
  if (isSidecar) {
    const said = await runOrThrow('docker', [
      'inspect',
      '--format',
      '{{.State.Pid}}',
      `bot-bottle-${id}.gateway`,
    ]);
    return [Number(said)];
  }
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return startOf(pid).includes('gateway.cjs') && startOf(pid).includes(id);
      } catch {
        return false; // the process has ended
      }
    });
}

const FORMS = [
  { name: 'bubblewrap', flags: ['--runtime', 'bubblewrap'], isSidecar: false },
  { name: 'a sidecar', flags: ['--runtime', 'runc', '--network-form', 'bridge'], isSidecar: true },
];

describe.each(FORMS)('with $name', ({ flags, isSidecar }) => {
  let id: string;

  beforeAll(async () => {
    heard = '';
    const args = ['start', 'worker', '--manifest', manifest, '--yes', ...flags];
    const agent = home.spawn([...args, '--', 'sh', '-c', 'echo started; sleep 300'], { env });
    await once(agent.stdout ?? agent, 'data');
    id = (await home.list()).find(({ state }) => state === 'running')?.id ?? '';
  }, 120_000);
  afterAll(async () => void (await home.run(['stop', id])), 60_000);

  test('the gateway gives the password to the company proxy (control)', async () => {
    await home.run(['exec', id, '--', 'curl', '-sS', '--max-time', '5', 'https://a.example/']);
    expect(heard).toMatch(/^CONNECT a\.example:443 /);
    expect(heard).toContain(`Proxy-Authorization: Basic ${BASIC}`);
  });

  test('the password is in no file of the state folder, and in no argument or variable of the gateway', async () => {
    const files = contentsIn(join(home.dir, 'state'));
    expect(files).toContain(id);
    const pids = await gatewaysOf(id, isSidecar);
    expect(pids.length).toBeGreaterThan(0);
    const started = pids.map(startOf).join('\n');
    expect(started).toContain('gateway.cjs');
    for (const text of [files, started]) {
      expect(text).not.toContain(PASSWORD);
      expect(text).not.toContain(BASIC);
    }
  });
});
