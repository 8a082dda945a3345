import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { makeHome, type Home } from '../support/home.ts';

/** `policy check` and `policy log` from the user's side. */

let home: Home;
let manifest: string;

beforeAll(() => {
  home = makeHome();
  manifest = home.manifest({
    bottles: {
      box: {
        workspace: 'none',
        egress: {
          allow: [
            { host: 'api.example.org', methods: ['POST'], paths: ['/v1/**'], inject: 'anthropic' },
            { host: 'passed.example.org', tls: 'pass' },
          ],
          deny: [{ host: '*.evil.example' }],
        },
      },
      other: { workspace: 'none' },
    },
    agents: { worker: { bottle: 'box', agent: 'shell' }, visitor: { bottle: 'other', agent: 'shell' } },
  });
});
afterAll(async () => await home.remove());

const check = async (
  url: string,
  more: readonly string[] = [],
  where: readonly string[] = ['--bottle', 'box'],
) => await home.run(['policy', 'check', url, '--manifest', manifest, ...where, ...more]);

describe('policy check', () => {
  test('policy check says what a rule allows, and with which limits', async () => {
    const { code, stdout } = await check('https://api.example.org/v1/messages', ['--method', 'POST']);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^allowed {2}POST [^]*egress\.allow\[0\][^]*opened at the gateway[^]*ANTHROPIC_API_KEY[^]*x-api-key/,
    );
  });

  test('policy check refuses requests that the gateway refuses as malformed, with the remedy', async () => {
    const refused = async (url: string, method: string) => await check(url, ['--method', method]);
    expect(await refused('https://api.example.org/v1/messages', 'post')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--method POST') as string,
    });
    expect(await refused('https://api.example.org/v1/messages', 'FOO')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no method that servers know') as string,
    });
    // A host never receives a CONNECT request.
    expect((await refused('https://api.example.org/v1/messages', 'CONNECT')).code).toBe(2);
    expect(await refused('wss://api.example.org/v1/messages', 'POST')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('begins with a GET') as string,
    });
  });

  test('policy check gives the refusing rule and a rule to consider, with exit code 7', async () => {
    const { code, stdout } = await check('https://api.example.org/v1/messages');
    expect(code).toBe(7);
    expect(stdout).toMatch(/^refused {2}GET [^]*methods POST only[^]*consider[^]*methods: \[GET\]/);
    expect((await check('https://x.evil.example/')).stdout).not.toContain('consider');
  });

  test('policy check prints JSON', async () => {
    const { code, stdout } = await check('https://passed.example.org/x', ['--json'], ['--agent', 'worker']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      url: 'https://passed.example.org/x',
      bottle: 'box',
      verdict: 'allow',
      rule: 'egress.allow[1] passed.example.org',
      tls: 'pass',
      identity: null,
      dlp: null,
    });
  });

  test('policy check takes another bottle, which must exist', async () => {
    expect((await check('https://api.example.org/', [], ['--bottle', 'other'])).code).toBe(7);
    expect(await check('https://api.example.org/', [], ['--bottle', 'othre'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('did you mean `other`') as string,
    });
    expect((await check('https://api.example.org/', ['--agent', 'worker'])).code).toBe(2);
    expect(await check('https://api.example.org/', [], [])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('more than one bottle') as string,
    });
  });

  test('policy check reports a manifest without a bottle', async () => {
    const empty = home.project('empty', { 'bot-bottle.yaml': 'bottles: {}\n' });
    const { code, stderr } = await home.run(['policy', 'check', 'https://a.example.org/'], { cwd: empty });
    expect([code, stderr]).toEqual([2, expect.stringContaining('has no bottle')]);
  });

  test("policy check reads the project's own manifest without trust", async () => {
    const project = home.project('young', {
      'bot-bottle.yaml': stringify({
        bottles: { b: { egress: { allow: [{ host: 'a.example.org' }] } } },
        agents: { a: { bottle: 'b', agent: 'shell' } },
      }),
    });
    const { code } = await home.run(['policy', 'check', 'https://a.example.org/'], { cwd: project });
    expect(code).toBe(0);
  });
});

test("policy log prints a bottle's refusals as rules that would allow them", async () => {
  const script = 'for path in a b; do curl -s http://new.example/$path; done; curl -s http://10.9.8.7/; true';
  await home.run([
    'start',
    'visitor',
    home.dir,
    '--manifest',
    manifest,
    '--yes',
    '--runtime',
    'bubblewrap',
    '--',
    'sh',
    '-c',
    script,
  ]);
  const { code, stdout } = await home.run(['policy', 'log', 'visitor']);
  expect(code).toBe(0);
  expect(stdout).toContain(
    '- { host: new.example, scheme: http, methods: [GET], paths: ["/a", "/b"] } # 2 times: no rule allows this host',
  );
  expect(stdout).toMatch(/# Not suggested:\n# +10\.9\.8\.7:80, once: the address is private/);
  const report = JSON.parse((await home.run(['policy', 'log', 'visitor', '--json'])).stdout) as {
    bottle: string;
  };
  expect(report).toMatchObject({ agent: 'visitor', bottle: 'other', rules: [{ times: 2 }] });
  expect((await home.run(['policy', 'log', 'nobody'])).code).toBe(2);
});

describe('policy log beside a rule of the host', () => {
  let host: Server;
  let dialled = 0;
  beforeAll(async () => {
    host = createServer((socket) => {
      dialled += 1;
      socket.destroy();
    }).listen(0, '127.0.0.1');
    await once(host, 'listening');
  });
  afterAll(() => void host.close());

  test('policy log suggests a rule for a refused POST and WebSocket inside opened TLS, like the GET rule', async () => {
    const { port } = host.address() as AddressInfo;
    const url = `https://narrow.example.org:${port}/only`;
    const held = 'inject: { header: x-api-key, secret: "${NARROW_KEY}" }, addresses: ["127.0.0.1"] }';
    const narrow = `- { host: narrow.example.org, port: ${port}, methods: [GET], paths: ["/**"], ${held}`;
    const manifestWith = (...allow: readonly string[]): string => {
      const rules = ['egress:', '  allow:', ...allow.map((line) => `    ${line}`)].map(
        (line) => `    ${line}\n`,
      );
      const text = `bottles:\n  b:\n    workspace: none\n${rules.join('')}agents:\n  narrow: { bottle: b, agent: shell }\n`;
      return join(home.project('narrow', { 'bot-bottle.yaml': text }), 'bot-bottle.yaml');
    };
    const curl = `curl -s -o /dev/null -w '%{http_code} '`;
    const upgrade = `--http1.1 -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13'`;
    const key = `-H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='`;
    const script = `${curl} -X POST ${url}/x; ${curl} ${upgrade} ${key} ${url}/sock`;
    const answersWith = async (path: string): Promise<string> => {
      const how = ['--manifest', path, '--yes', '--runtime', 'bubblewrap', '--', 'sh', '-c', script];
      const env = { NARROW_KEY: 'narrow-Vq8mZ2xKp4Rt7Lw9' };
      return (await home.run(['start', 'narrow', home.dir, ...how], { env })).stdout;
    };

    expect(await answersWith(manifestWith(narrow))).toBe('403 403 ');
    const { stdout } = await home.run(['policy', 'log', 'narrow']);
    const suggested = stdout.match(/- \{.*\}(?= #)/g) ?? [];
    const target = `host: narrow.example.org, port: ${port}`;
    expect(suggested).toEqual([
      `- { ${target}, methods: [POST], paths: ["/only/x"], ${held}`,
      `- { ${target}, websocket: true, methods: [GET], paths: ["/only/sock"], ${held}`,
    ]);

    expect(dialled).toBe(0);
    expect(await answersWith(manifestWith(narrow, ...suggested))).toBe('502 502 ');
    expect(dialled).toBe(2);
    const log = (await home.run(['logs', 'narrow', '--json'])).stdout;
    expect(log).toMatch(/"rule":"egress\.allow\[1\][^\n]*"path":"\/only\/x"/);
  });
});

describe('start --learn', () => {
  const start = async (agent: string, script: string, env: Readonly<Record<string, string>> = {}) => {
    const how = ['--learn', '--manifest', manifest, '--yes', '--runtime', 'bubblewrap'];
    return await home.run(['start', agent, home.dir, ...how, '--', 'sh', '-c', script], { env });
  };

  test('start --learn lets public hosts through, and prints rules for them', async () => {
    const script = 'curl -s -m 1 http://203.0.113.9/a; curl -s http://10.9.8.7/; true';
    expect((await start('visitor', script)).code).toBe(0);
    const { stdout } = await home.run(['policy', 'log', (await home.list()).at(-1)?.id ?? '']);
    expect(stdout).toContain(
      '- { host: "203.0.113.9", scheme: http, methods: [GET], paths: ["/a"] } # once: let out',
    );
    expect(stdout).toMatch(/# Not suggested:\n# +10\.9\.8\.7:80/);
  });

  test('start --learn is refused behind a company proxy', async () => {
    const before = await home.list();
    const { code, stderr } = await start('visitor', 'true', { HTTPS_PROXY: 'http://127.0.0.1:9' });
    expect([code, stderr]).toEqual([7, expect.stringContaining('a bottle cannot learn')]);
    expect(await home.list()).toEqual(before);
  });

  test('start --learn is refused where the bottle has a secret', async () => {
    const { code, stderr } = await start('worker', 'true');
    expect(code).toBe(7);
    expect(stderr).toMatch(/cannot learn[^]*egress\.allow\[0\] api\.example\.org has inject/);
  });
});
