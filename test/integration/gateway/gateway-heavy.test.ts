import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Rule } from '../../../src/gateway/config.ts';
import { GATEWAY, World, type TestGateway } from './support/world.ts';

/**
 * Large and long transfers through opened TLS, with the defaults of a rule: the gateway inspects everything that
 * leaves.
 */

const GIB = 1024 ** 3;
const PORT = 8443;
let world: World;
let gateway: TestGateway;

beforeAll(async () => {
  world = await World.open(join(import.meta.dirname, 'support/heavy-origins.ts'));
  makeRepository(join(world.folder, 'repositories'));
  const rule = { port: PORT, scheme: 'https', opensTls: true, addresses: ['203.0.113.10'] } as const;
  const allow: Rule[] = [
    { ...rule, id: 'looked at', host: 'allowed.test', dlp: 'block', websocket: true },
    { ...rule, id: 'opened only', host: 'other.test', paths: ['/**'] },
  ];
  gateway = await world.startGateway([], { config: { policy: { allow, deny: [] } } });
}, 120_000);

afterAll(async () => {
  await gateway?.stop();
  await world?.close();
});

/** Makes 20,000 objects: files of one line, in 200 folders, and their trees and commits. */
function makeRepository(root: string): void {
  mkdirSync(root, { recursive: true });
  execFileSync('git', ['init', '--quiet', '--bare', join(root, 'large.git')]);
  const files = Array.from({ length: 19_700 }, (_, index) => {
    const text = `line ${index} ${(index * 2_654_435_761) % 4_294_967_296}\n`;
    return `M 100644 inline ${index % 200}/${index}.txt\ndata ${text.length}\n${text}`;
  });
  const commit = `commit refs/heads/master\ncommitter t <t@example.org> 1700000000 +0000\ndata 5\nfirst\n${files.join('\n')}\n`;
  execFileSync('git', ['-C', join(root, 'large.git'), 'fast-import', '--quiet'], { input: commit });
  execFileSync('git', ['-C', join(root, 'large.git'), 'config', 'http.receivepack', 'true']);
}

const url = (host: string, path: string): string => `https://${host}:${PORT}${path}`;
const shell = async (script: string, timeoutMs = 60_000) =>
  await gateway.inBottle(['sh', '-c', script], {
    timeoutMs,
    env: {
      PATH: '/usr/bin:/bin',
      HOME: world.folder,
      HTTPS_PROXY: `http://${GATEWAY}:3128`,
      GIT_SSL_CAINFO: gateway.authorityPath,
      CURL_CA_BUNDLE: gateway.authorityPath,
      GIT_CONFIG_NOSYSTEM: '1',
      ...identity,
    },
  });
const identity = {
  GIT_AUTHOR_NAME: 't',
  GIT_AUTHOR_EMAIL: 't@example.org',
  GIT_COMMITTER_NAME: 't',
  GIT_COMMITTER_EMAIL: 't@example.org',
};
const residentMiB = (): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${gateway.process.pid}/status`, 'utf8'))?.[1]) / 1024;

describe('git', () => {
  test('git clones 20,000 objects and pushes a change back through the gateway', async () => {
    const clone = join(world.folder, 'clone');
    const { stdout, stderr } = await shell(
      `git clone --quiet ${url('allowed.test', '/git/large.git')} ${clone} && cd ${clone} && git count-objects -v` +
        ' && echo change > new.txt && git add new.txt && git commit --quiet -m change && git push --quiet && echo pushed',
    );
    expect(Number(/in-pack: (\d+)/.exec(stdout)?.[1]), stderr).toBeGreaterThanOrEqual(19_900);
    expect(stdout).toContain('pushed');
  }, 90_000);
});

describe('streams', () => {
  test.each(['--http1.1', '--http2'])(
    'the first event passes before the second is sent: %s',
    async (version) => {
      const events = url('allowed.test', '/events');
      const { stdout } = await shell(`curl --silent --no-buffer ${version} --max-time 2 ${events}; true`);
      expect(stdout).toBe('data: first\n\n');
    },
  );

  test('10,000 frames of a WebSocket come back', async () => {
    const { stdout, stderr } = await gateway.inBottle(['node', '-e', SOCKET_CLIENT], { timeoutMs: 60_000 });
    expect(stdout, stderr).toBe('10000\n');
  }, 70_000);
});

describe('5 GiB', () => {
  test.each(['--http1.1', '--http2'])(
    '5 GiB go down and up again in constant memory: %s',
    async (version) => {
      const bytes = 5 * GIB;
      const down = `curl --silent ${version} --output /dev/null --write-out '%{size_download}' '${url('other.test', `/down?bytes=${bytes}`)}'`;
      const first = await shell(down, 300_000);
      const afterDown = residentMiB();
      const up = `head -c ${bytes} /dev/zero | curl --silent ${version} --upload-file - '${url('other.test', '/up')}'`;
      const second = await shell(up, 300_000);
      expect([first.stdout, second.stdout]).toEqual([String(bytes), String(bytes)]);
      expect(Math.max(afterDown, residentMiB())).toBeLessThan(192);
    },
    400_000,
  );

  test('20 MB are inspected on their way up in constant memory', async () => {
    const up = `seq 10000000 | head -c 20000000 | curl --silent --upload-file - '${url('allowed.test', '/up')}'`;
    expect((await shell(up, 120_000)).stdout).toBe('20000000');
    expect(residentMiB()).toBeLessThan(192);
  }, 130_000);
});

const SOCKET_CLIENT = `
const net = require('net'), tls = require('tls');
const raw = net.connect(3128, '${GATEWAY}');
raw.write('CONNECT allowed.test:${PORT} HTTP/1.1\\r\\n\\r\\n');
raw.once('data', () => {
  const socket = tls.connect({ socket: raw, servername: 'allowed.test', rejectUnauthorized: false });
  socket.write('GET /ws HTTP/1.1\\r\\nHost: allowed.test:${PORT}\\r\\nConnection: Upgrade\\r\\nUpgrade: websocket\\r\\n' +
    'Sec-WebSocket-Version: 13\\r\\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\\r\\n\\r\\n');
  let seen = 0, open = false, rest = Buffer.alloc(0);
  const send = (n) => {
    const text = Buffer.from('frame ' + String(n).padStart(6, '0'));
    const mask = Buffer.from([n & 255, 7, n >> 8, 9]);
    socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | text.length]), mask, text.map((b, i) => b ^ mask[i & 3])]));
  };
  socket.on('data', (data) => {
    rest = Buffer.concat([rest, data]);
    if (!open) {
      const end = rest.indexOf('\\r\\n\\r\\n');
      if (end < 0) return;
      open = true; rest = rest.subarray(end + 4);
      for (let n = 0; n < 10000; n++) send(n);
    }
    for (; rest.length >= 14; rest = rest.subarray(14)) {
      if (rest.toString('latin1', 2, 14) !== 'frame ' + String(seen).padStart(6, '0')) process.exit(3);
      if (++seen === 10000) { console.log(seen); process.exit(0); }
    }
  });
});`;
