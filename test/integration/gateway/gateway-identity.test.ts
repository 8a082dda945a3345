import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Slot } from '../../../src/contracts/slot.ts';
import type { Rule } from '../../../src/gateway/config.ts';
import { NOT_WHOLE } from '../../../src/gateway/inject/scrub/whole-answers.ts';
import { SECURE_PORTS } from './support/secure-origins.ts';
import { signedBy, type Received } from './support/sig-v4.ts';
import { GATEWAY, World, type Heard, type TestGateway } from './support/world.ts';

/**
 * Every kind of slot, on the wire: the requests that a host gets from a bottle with placeholders only. The host judges.
 */

const ACCESS_KEY = 'AKIDEXAMPLE';
const SLOTS = {
  header: { kind: 'header', name: 'x-api-key' },
  bearer: { kind: 'bearer' },
  basic: { kind: 'basic', user: 'x-access-token' },
  query: { kind: 'query', name: 'key' },
  sigv4: { kind: 'sigv4', service: 'execute-api', region: 'eu-north-1', accessKeyId: ACCESS_KEY },
} as const satisfies Record<string, Slot>;
type Kind = keyof typeof SLOTS;
const KINDS = Object.keys(SLOTS) as Kind[];

const secretOf = () => ({
  value: `v-${randomBytes(15).toString('hex')}`,
  placeholder: `p-${randomBytes(15).toString('hex')}`,
});
const KEYS = Object.fromEntries(KINDS.map((kind) => [kind, secretOf()])) as Record<
  Kind,
  ReturnType<typeof secretOf>
>;

let world: World;
let gateway: TestGateway;

beforeAll(async () => {
  world = await World.open();
  makeRepository();
  const addresses = ['203.0.113.10'];
  const rule = { scheme: 'https', opensTls: true, dlp: 'block', websocket: true, addresses } as const;
  const lent = KINDS.flatMap((kind) =>
    [SECURE_PORTS.both, SECURE_PORTS.oldOnly].map((port): Rule => {
      const inject = { secret: kind, slot: SLOTS[kind] };
      return { ...rule, id: `${kind} ${port}`, host: hostOf(kind), port, inject };
    }),
  );
  const bare: Rule = { ...rule, id: 'without identity', host: 'other.test', port: SECURE_PORTS.oldOnly };
  // A host may reveal on one port what it received on another.
  const elsewhere = {
    host: BESIDE,
    port: SECURE_PORTS.newOnly,
    inject: { secret: 'bearer', slot: SLOTS.bearer },
  };
  const beside: Rule[] = [
    { ...rule, id: 'lends', ...elsewhere },
    { ...rule, id: 'beside', host: BESIDE, port: SECURE_PORTS.both },
  ];
  gateway = await world.startGateway([], {
    config: { policy: { allow: [...lent, bare, ...beside], deny: [] } },
    secrets: { inject: KEYS, protect: [] },
  });
});

afterAll(async () => {
  await gateway?.stop();
  await world?.close();
});

/** A host that gets a lent secret on one port, and has another port. */
const BESIDE = 'beside.wild.test';
const hostOf = (kind: Kind): string => `${kind}.wild.test`;
const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** Requests of a program in the bottle that has the placeholder and knows its place: arguments of curl, and a query. */
const CALLERS: Readonly<Record<Kind, readonly [args: readonly string[], query: string]>> = {
  header: [['--header', `x-api-key: ${KEYS.header.placeholder}`], ''],
  bearer: [['--header', `authorization: Bearer ${KEYS.bearer.placeholder}`], ''],
  basic: [['--user', `x-access-token:${KEYS.basic.placeholder}`], ''],
  query: [[], `?key=${KEYS.query.placeholder}`],
  sigv4: [
    ['--aws-sigv4', 'aws:amz:eu-north-1:execute-api', '--user', `${ACCESS_KEY}:${KEYS.sigv4.placeholder}`],
    '?b=2&a=1',
  ],
};

/** Returns the request that a host received, whatever the version of HTTP. */
function receivedOf(heard: Heard): Received {
  const raw = (heard['rawHeaders'] ?? Object.entries(heard['headers'] ?? {}).flat()) as string[];
  const pairs = Array.from({ length: raw.length / 2 }, (_, index) => [
    raw[2 * index]?.toLowerCase(),
    raw[2 * index + 1],
  ]);
  const headers = Object.fromEntries(pairs) as Record<string, string>;
  const { method = 'GET', url, sha256 = NOTHING } = heard as unknown as Record<string, string>;
  return {
    method,
    url: url ?? '',
    headers: { ...headers, host: headers['host'] ?? headers[':authority'] ?? '' },
    sha256,
  };
}

/** The digest of empty content. */
const NOTHING = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** Returns whether a host would accept the request as one from the secret's owner. */
const TAKES: Readonly<Record<Kind, (received: Received) => boolean>> = {
  header: ({ headers }) => headers['x-api-key'] === KEYS.header.value,
  bearer: ({ headers }) => headers['authorization'] === `Bearer ${KEYS.bearer.value}`,
  basic: ({ headers }) =>
    headers['authorization'] === `Basic ${base64(`x-access-token:${KEYS.basic.value}`)}`,
  query: ({ url }) => new URL(url, 'https://x').searchParams.getAll('key').join() === KEYS.query.value,
  sigv4: (received) => signedBy(received, KEYS.sigv4.value) === ACCESS_KEY,
};

async function call(kind: Kind, port: number, ...more: readonly string[]) {
  const from = world.heard.length;
  const [args, query] = CALLERS[kind];
  const url = `https://${hostOf(kind)}:${port}/ws${query}`;
  const trusting = ['--no-insecure', '--cacert', gateway.authorityPath, '--proxy', `http://${GATEWAY}:3128`];
  const said = await gateway.curl(...trusting, ...args, ...more, url);
  const all = (await world.heardSince(from)).filter(({ kind: what }) => /^(request|upgrade)/.test(what));
  expect(JSON.stringify(all)).not.toContain(KEYS[kind].placeholder);
  expect(said.body).not.toContain(KEYS[kind].value);
  return { ...said, received: all.map(receivedOf) };
}

function file(name: string, bytes: number): string {
  const path = join(world.folder, name);
  writeFileSync(path, 'line of text\n'.repeat(bytes / 13 + 1).slice(0, bytes));
  return `@${path}`;
}

describe.each(['--http1.1', '--http2'])('over %s', (version) => {
  test.each(KINDS)('%s: a request without content is signed', async (kind) => {
    const { status, received } = await call(kind, SECURE_PORTS.both, version);
    expect([status, received.map(TAKES[kind])]).toEqual([200, [true]]);
  });

  test.each(KINDS)('%s: content of known and of unknown length is signed', async (kind) => {
    const content = ['--data-binary', file('content', 100_000), '--header', 'content-type: text/plain'];
    const known = await call(kind, SECURE_PORTS.both, version, ...content);
    const unknown = await call(
      kind,
      SECURE_PORTS.both,
      version,
      ...content,
      '--header',
      'Transfer-Encoding: chunked',
    );
    expect([known.status, unknown.status]).toEqual([200, 200]);
    expect([...known.received, ...unknown.received].map(TAKES[kind])).toEqual([true, true]);
    expect(new Set([...known.received, ...unknown.received].map(({ sha256 }) => sha256)).size).toBe(1);
  });

  test('a body that must be signed whole is held up to 16 MiB, and no byte of a larger one leaves', async () => {
    const most = 16 * 1024 ** 2;
    const whole = await call('sigv4', SECURE_PORTS.both, version, '--data-binary', file('most', most));
    expect([whole.status, whole.received.map(TAKES.sigv4)]).toEqual([200, [true]]);
    const more = await call('sigv4', SECURE_PORTS.both, version, '--data-binary', file('more', most + 1));
    expect([more.status, more.received]).toEqual([403, []]);
    expect(more.body).toMatch(/gateway\.body/);
  });
});

const HANDSHAKE = { 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==' };

test.each(KINDS)('%s: the handshake of a WebSocket is signed', async (kind) => {
  const headers = Object.entries({ ...HANDSHAKE, Connection: 'Upgrade', Upgrade: 'websocket' });
  const args = headers.flatMap(([name, value]) => ['--header', `${name}: ${value}`]);
  const { status, received } = await call(
    kind,
    SECURE_PORTS.oldOnly,
    '--http1.1',
    '--max-time',
    '2',
    ...args,
  );
  expect([status, received.map(TAKES[kind])]).toEqual([101, [true]]);
});

describe.each(['--http1.1', '--http2'])(
  'an answer in parts, in a charset, or coded message by message, over %s',
  (version) => {
    const asked = NOT_WHOLE.filter((name) => name !== 'accept-encoding');
    const args = [version, ...asked.flatMap((name) => ['--header', `${name}: bytes=5-9`])];
    const askedOf = (headers: Readonly<Record<string, string>>) => asked.filter((name) => name in headers);

    test('such an answer is not requested from a host that gets a secret', async () => {
      const accept = ['--header', 'Accept: a/b;q=0.5;Charset="utf-32", */*;q=0.1'];
      const { status, received } = await call('bearer', SECURE_PORTS.both, ...args, ...accept);
      expect([status, received.map(({ headers }) => askedOf(headers))]).toEqual([200, [[]]]);
      expect(received.map(({ headers }) => headers['accept'])).toEqual(['a/b;q=0.5, */*;q=0.1']);
    });

    test('such an answer is refused from a host that gets a secret', async () => {
      const type = 'Content-Type: text/plain; charset="IBM037"';
      const url = `https://${hostOf('bearer')}:${SECURE_PORTS.oldOnly}/echo`;
      const proxied = ['--cacert', gateway.authorityPath, '--proxy', `http://${GATEWAY}:3128`];
      const { status, body } = await gateway.curl(version, ...proxied, '--header', type, '--data', 'x', url);
      expect([status, body]).toEqual([502, expect.stringContaining('in the charset IBM037,')]);
    });

    test.each([
      ['nor by a rule beside, that lends it none', BESIDE, []],
      ['is asked for from another (control)', 'other.test', asked],
    ])('%s', async (_, host, expected) => {
      const from = world.heard.length;
      const port = host === BESIDE ? SECURE_PORTS.both : SECURE_PORTS.oldOnly;
      const trusting = [
        '--no-insecure',
        '--cacert',
        gateway.authorityPath,
        '--proxy',
        `http://${GATEWAY}:3128`,
      ];
      expect((await gateway.curl(...trusting, ...args, `https://${host}:${port}/`)).status).toBe(200);
      const all = (await world.heardSince(from)).filter(({ kind }) => kind.startsWith('request'));
      expect(all.map(receivedOf).map(({ headers }) => askedOf(headers))).toEqual([expected]);
    });
  },
);

test('a refused handshake that echoes the secret, compressed, comes back without it', async () => {
  const headers = Object.entries({
    ...HANDSHAKE,
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'X-Refuse': '1',
  });
  const args = headers.flatMap(([name, value]) => ['--header', `${name}: ${value}`]);
  const { status, body, received } = await call('bearer', SECURE_PORTS.oldOnly, '--http1.1', ...args);
  expect([status, received.map(TAKES.bearer)]).toEqual([401, [true]]);
  expect(body).toMatch(/^refused: .*Bearer \*+/);
  await expect
    .poll(() => gateway.log.filter(({ event, status: said }) => event === 'end' && said === 401))
    .toHaveLength(1);
});

test('the upstream refuses a request with no signature or a wrong one (control)', () => {
  const received = { method: 'GET', url: '/', headers: { host: 'a' }, sha256: NOTHING };
  expect(KINDS.map((kind) => TAKES[kind](received))).toEqual(KINDS.map(() => false));
});

function makeRepository(): void {
  const root = join(world.folder, 'repositories');
  mkdirSync(root);
  const bare = join(root, 'own.git');
  execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', bare]);
  execFileSync('git', ['-C', bare, 'config', 'http.receivepack', 'true']);
  writeFileSync(join(world.folder, 'git-password'), `x-access-token:${KEYS.basic.value}`);
}

describe('git, with a host that wants a password', () => {
  const git = async (script: string) =>
    await gateway.inBottle(['sh', '-c', script], {
      env: {
        PATH: '/usr/bin:/bin',
        HOME: world.folder,
        HTTPS_PROXY: `http://${GATEWAY}:3128`,
        GIT_SSL_CAINFO: gateway.authorityPath,
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_TERMINAL_PROMPT: '0',
      },
    });
  const at = (host: string, user = ''): string =>
    `https://${user}${host}:${SECURE_PORTS.oldOnly}/git/own.git`;
  const committing =
    'git -c user.name=t -c user.email=t@example.org commit --quiet --allow-empty -m first && git push --quiet origin HEAD:main';

  test('git pushes and clones with the placeholder in its URL, and only the host has the password', async () => {
    const from = world.heard.length;
    const [one, two] = ['one', 'two'].map((name) => join(world.folder, name));
    const url = at(hostOf('basic'), `x-access-token:${KEYS.basic.placeholder}@`);
    const { stdout, stderr } = await git(
      `git clone --quiet ${url} ${one} && cd ${one} && ${committing} && git clone --quiet ${url} ${two} && git -C ${two} log --format=%s`,
    );
    expect({ stdout: stdout.trim(), stderr }).toEqual({
      stdout: 'first',
      stderr: expect.not.stringContaining('fatal'),
    });
    const sent = (await world.heardSince(from, 'git')).map(({ authorization }) => authorization);
    expect(new Set(sent)).toEqual(new Set([`Basic ${base64(`x-access-token:${KEYS.basic.value}`)}`]));
    expect((await git(`grep -rl ${KEYS.basic.value} ${one} ${two}; true`)).stdout).toBe('');
  });

  test('git is refused where no rule adds the password (control)', async () => {
    const { exitCode, stderr } = await git(
      `git clone --quiet ${at('other.test')} ${join(world.folder, 'none')}`,
    );
    expect([exitCode, stderr]).toEqual([
      128,
      expect.stringMatching(/could not read Username|Authentication failed/),
    ]);
  });
});
