import { expect, test } from 'vitest';
import { startFilesOf } from './start-files.ts';

const NOTHING = {
  manifests: [],
  image: { kind: 'default' },
  gateway: { engine: 'bot-bottle' },
  egress: { secretRules: [] },
  ssh: [],
  prompt: undefined,
} as const;

const paths = (...args: Parameters<typeof startFilesOf>): string[] =>
  startFilesOf(...args).map(({ path }) => path);

test('a manifest that names nothing is all that there is', () => {
  const manifests = [{ path: '/app/ci/agents.yaml', origin: 'user', digest: 'sha256:0' }] as const;
  expect(startFilesOf({ ...NOTHING, manifests }, [])).toEqual([
    { path: '/app/ci/agents.yaml', why: 'it says what bot-bottle grants' },
  ]);
});

test('a Dockerfile, and what keeps files out of its build', () => {
  const image = { kind: 'dockerfile', hostPath: '/app/build/agent.df' } as const;
  expect(paths({ ...NOTHING, image }, [])).toEqual([
    '/app/build/agent.df',
    '/app/build/agent.df.dockerignore',
    '/app/build/.dockerignore',
    '/app/build/.containerignore',
  ]);
});

test('a gateway of the user’s, rules, a key and instructions', () => {
  const gateway = { engine: 'pipelock', programPath: '/app/bin/pipelock', position: '' } as const;
  const ssh = [
    {
      id: '',
      position: '',
      host: 'h',
      port: 22,
      user: 'git',
      identityPath: '/app/keys/deploy',
      knownHost: '',
    },
  ];
  const manifest = { path: '/app/bot-bottle.yaml', origin: 'project', shownAs: '', bytes: Buffer.of() };
  const prompt = { manifest, relativePath: 'docs/task.md' } as unknown as Parameters<
    typeof startFilesOf
  >[0]['prompt'];
  const named = { ...NOTHING, gateway, ssh, egress: { secretRules: ['/app/rules.toml'] }, prompt };
  expect(paths(named, [])).toEqual([
    '/app/bin/pipelock',
    '/app/rules.toml',
    '/app/keys/deploy',
    '/app/docs/task.md',
  ]);
});

test.each([
  [['/app/tools/token'], ['/app/tools/token']],
  [['sh', '-c', 'cd / && "/app/tools/token" --quiet'], ['/app/tools/token']],
  [['vault', 'read', '--config=/app/vault.hcl'], ['/app/vault.hcl']],
  [['/opt/my tools/token'], ['/opt/my tools/token', '/opt/my']],
  [['gh', 'auth', 'token'], []],
  [['find', '/'], []],
])('a secret’s command %j is given these', (argv, expected) => {
  const found = paths(NOTHING, [{ source: { kind: 'command', argv } }]);
  expect([...new Set(found)]).toEqual(expected);
});

test('a secret’s file, and no variable', () => {
  const sources = [
    { source: { kind: 'file', hostPath: '/app/.token' } },
    { source: { kind: 'env', name: 'TOKEN' } },
  ] as const;
  expect(paths(NOTHING, sources)).toEqual(['/app/.token']);
});
