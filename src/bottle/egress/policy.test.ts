import { describe, expect, test } from 'vitest';
import { manifestOf } from '../../../test/support/manifest.ts';
import { BottleError } from '../../errors.ts';
import type { Policy } from '../../gateway/config.ts';
import { selectAgent } from '../../manifest/draft.ts';
import { resolve } from '../../manifest/resolve.ts';
import { noteOnRawPorts, policyOf, refuseToLearn, refuseToLearnThrough } from './policy.ts';

/** The policy of a bottle with this egress in one line of YAML, and `more` keys of the bottle. */
function policy(egress: string, more = ''): Policy {
  const text = `bottles: { b: { egress: ${egress}${more} } }\nagents: { a: { bottle: b, agent: shell } }\n`;
  return policyOf(
    resolve(selectAgent(manifestOf(text), 'a'), {
      hostVariable: () => undefined,
      answers: new Map(),
      presets: new Map([
        ['npm', [{ host: 'mirror.example', port: 443, scheme: 'https' }]],
        [
          'pip',
          [
            { host: 'index.example', port: 443, scheme: 'https' },
            { host: 'files.example', port: 443, scheme: 'https' },
          ],
        ],
        ['apt', [{ host: 'packages.example', port: 80, scheme: 'http' }]],
        ['docker', [{ host: 'images.example', port: 443, scheme: 'https', paths: ['/v2/**'] }]],
      ]),
      homeDir: '/home/me',
    }),
  );
}

function failure(egress: string, more = ''): string {
  try {
    policy(egress, more);
  } catch (error) {
    if (error instanceof BottleError) return [error.message, ...error.details, error.fix].join('\n');
    throw error;
  }
  return 'accepted';
}

test("a rule's missing settings come from its bottle, and then from the gateway's defaults", () => {
  expect(policy('{ allow: [{ host: a.example.org }] }').allow[0]?.dlp).toBe('block');
  const { allow } = policy(
    '{ dlp: warn, allow: [{ host: a.example.org }, { host: b.example.org, dlp: redact }, { host: c.example.org, tls: pass }] }',
  );
  expect(allow.map(({ dlp, opensTls }) => [dlp, opensTls])).toEqual([
    ['warn', true],
    ['redact', true],
    [undefined, undefined],
  ]);
});

test('a deny rule without a port covers every port', () => {
  expect(policy('{ deny: [{ host: a.example.org }] }').deny).toEqual([
    { id: 'egress.deny[0] a.example.org', host: 'a.example.org', port: 0, scheme: 'tcp' },
  ]);
});

test("a preset has a rule's settings, and `tls` where its client speaks TLS", () => {
  const { allow } = policy('{ allow: [{ preset: npm, methods: [GET, HEAD] }, { preset: apt, tls: pass }] }');
  expect(allow[0]).toMatchObject({ methods: ['GET', 'HEAD'], opensTls: true });
  expect(allow[1]).toMatchObject({ scheme: 'http', dlp: 'block' });
});

test.each([
  ['reads only by default', '{ allow: [{ preset: npm }] }', ['GET', 'HEAD']],
  ['does what its rule says', '{ allow: [{ preset: npm, methods: [PUT] }] }', ['PUT']],
  ['has no methods in TLS that nobody opens', '{ allow: [{ preset: npm, tls: pass }] }', undefined],
  ['reads only in the clear too', '{ allow: [{ preset: apt, tls: pass }] }', ['GET', 'HEAD']],
])('the client of a preset %s', (_, egress, methods) => {
  expect(policy(egress).allow[0]?.methods).toEqual(methods);
});

test('the client of a preset has no methods where the gateway knows none', () => {
  const { allow } = policy('{ allow: [{ preset: npm }] }', ', gateway: pipelock');
  expect(allow[0]?.methods).toBeUndefined();
});

test('a preset for some paths of a registry allows only these, and denies all of it', () => {
  const { allow, deny } = policy('{ allow: [{ preset: docker }], deny: [{ preset: docker }] }');
  expect([allow[0]?.paths, deny[0]?.paths]).toEqual([['/v2/**'], undefined]);
});

test('a preset in deny covers every method', () => {
  expect(policy('{ deny: [{ preset: npm }] }').deny[0]?.methods).toBeUndefined();
});

describe('a deny rule with paths', () => {
  const DENY = 'deny: [{ host: "*.example.org", paths: ["/admin/**"] }]';

  test('a deny rule with paths opens TLS where the allow rule leaves that open', () => {
    const { allow } = policy(
      `{ allow: [{ host: a.example.org, dlp: off }, { host: b.example, dlp: off }], ${DENY} }`,
    );
    expect(allow.map(({ opensTls }) => opensTls)).toEqual([true, undefined]);
  });

  test('a deny rule with paths is refused beside `tls: pass` of the same host, and both are named', () => {
    expect(failure(`{ allow: [{ host: a.example.org, tls: pass }], ${DENY} }`)).toMatch(
      /^bot-bottle.yaml:1:\d+: egress.deny\[0\] .*egress.allow\[0\] a.example.org \(bot-bottle.yaml:1:\d+\)/,
    );
    expect(failure(`{ allow: [{ host: a.example, tls: pass }], ${DENY} }`)).toBe('accepted');
  });

  test('a deny rule with paths is refused beside raw TCP of the same host and port, such as SSH', () => {
    const ssh =
      ', ssh: [{ host: git.example.org, user: git, identity: ~/.ssh/id, known_host: "ssh-ed25519 AAAA" }]';
    expect(failure(`{ ${DENY} }`, ssh)).toMatch(
      /ssh\[0\] git.example.org .* allows raw TCP[^]*port: that it is about/,
    );
    expect(failure(`{ ${DENY.replace('paths', 'port: 443, paths')} }`, ssh)).toBe('accepted');
  });
});

test.each([
  ['{ host: a.example.org, tls: pass }', 'keeps TLS closed'],
  ['{ host: a.example.org, port: 443, scheme: tcp }', 'allows raw TCP'],
  ['{ host: a.example.org, dlp: off }', 'accepted'],
  ['{ host: a.example.org, port: 8443, tls: pass }', 'accepted'],
  ['{ host: "*.example.org", tls: pass }', 'accepted'],
  ['{ host: "*.example.org", port: 443, scheme: tcp }', 'allows raw TCP'],
  ['{ host: "*.a.example.org", port: 443, scheme: tcp }', 'accepted'],
  ['{ host: "*.example.org", port: 22, scheme: tcp }', 'accepted'],
])('a rule that opens TLS beside %s of the same host: %s', (other, words) => {
  expect(failure(`{ allow: [{ host: a.example.org, paths: ["/a"] }, ${other}] }`)).toContain(words);
  expect(failure(`{ allow: [${other}, { host: a.example.org, paths: ["/a"] }] }`)).toContain(words);
});

describe('identities', () => {
  test('identities of one secret have one name', () => {
    const { allow } = policy(
      '{ allow: [{ host: a.example.org, inject: { header: X-Api-Key, secret: "${KEY}" } }, { host: b.example.org, inject: { bearer: true, secret: { env: KEY } } }] }',
    );
    expect(allow.map(({ inject }) => inject)).toEqual([
      { secret: 'the variable KEY', slot: { kind: 'header', name: 'x-api-key' } },
      { secret: 'the variable KEY', slot: { kind: 'bearer' } },
    ]);
  });

  test.each([
    ['paths: ["/a/**"]', 'paths: ["/a/b"]', false],
    ['paths: ["/a/**"]', 'paths: ["/b/**"]', true],
    ['methods: [GET]', 'methods: [POST]', true],
    ['methods: [GET]', 'paths: ["/b/**"]', false],
  ])('identities with %s and %s on one host are accepted: %s', (one, other, isFine) => {
    const host = 'host: a.example.org';
    const words = failure(
      `{ allow: [{ ${host}, ${one}, inject: anthropic }, { ${host}, ${other}, inject: openai }] }`,
    );
    expect(words === 'accepted').toBe(isFine);
    const same = `{ allow: [{ ${host}, ${one}, inject: openai }, { ${host}, ${other}, inject: openai }] }`;
    expect(failure(same)).toBe('accepted');
  });

  test('identities of a preset with several hosts, or one without TLS, are refused', () => {
    expect(failure('{ allow: [{ preset: npm, inject: npm }] }')).toBe('accepted');
    expect(failure('{ allow: [{ preset: pip, inject: { bearer: true, secret: "${X}" } }] }')).toContain(
      'stands for index.example, files.example here',
    );
    expect(failure('{ allow: [{ preset: apt, inject: { bearer: true, secret: "${X}" } }] }')).toContain(
      'without TLS here (packages.example)',
    );
  });
});

test('a start says who can use raw ports and how, except for those of ssh', () => {
  const ssh =
    ", ssh: [{ host: git.example, user: git, identity: ~/k, known_host: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDsmH62yK9WTNQlImOp9v2N0PZ8lrzqKT89NFbVd7e1c' }]";
  expect(noteOnRawPorts(policy('{ allow: [{ host: a.example }] }', ssh), '/f.pl')).toBeUndefined();
  const note = noteOnRawPorts(
    policy('{ allow: [{ host: db.example, port: 5432, scheme: tcp }] }', ssh),
    '/f.pl',
  );
  expect(note).toContain('db.example:5432: ');
  expect(note).toContain('perl /f.pl HOST:PORT');
  expect(note).not.toContain('git.example');
});

type Secretive = Parameters<typeof refuseToLearn>[0];
const RULE = {
  id: 'egress.allow[0] a.example',
  position: '',
  host: 'a.example',
  port: 443,
  scheme: 'https',
} as const;
const LENT = { ...RULE, inject: { identity: 'github' } } as const;
const plain: Secretive = {
  bottle: 'b',
  egress: {
    allow: [RULE],
    deny: [],
    canary: true,
    protect: [],
    secretRules: [],
    maxBytes: 1,
    maxRequests: 1,
    maxTokens: 1,
  },
  ssh: [],
  ownEnvNames: [],
};

const KEY = {
  id: 'ssh[0] git.example.org',
  position: '',
  host: 'git.example.org',
  port: 22,
  user: 'git',
  identityPath: '/home/a/.ssh/id',
  knownHost: 'ssh-ed25519 AAAA',
};

test('a bottle without secrets may learn', () => expect(() => refuseToLearn(plain)).not.toThrow());

test.each<[string, Partial<Secretive>]>([
  ['an identity', { egress: { ...plain.egress, allow: [LENT] } }],
  ['protected files', { egress: { ...plain.egress, protect: ['.env'] } }],
  ['an SSH key', { ssh: [KEY] }],
  ['a variable of the host', { ownEnvNames: ['TOKEN'] }],
])('a bottle with %s may not learn', (_, more) => {
  expect(() => refuseToLearn({ ...plain, ...more })).toThrow('cannot learn');
});

test('learning is refused behind a company proxy, where no lookup shows which hosts are public', () => {
  expect(() => refuseToLearnThrough(undefined)).not.toThrow();
  const proxy = { host: 'proxy.example', port: 3128, bypass: [] };
  expect(() => refuseToLearnThrough(proxy)).toThrow('cannot learn');
});
