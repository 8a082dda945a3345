import { expect, test } from 'vitest';
import { manifestOf } from '../../test/support/manifest.ts';
import { namedHere } from './named-files.ts';

const NOTHING = 'bottles: { mine: {} }\nagents: { me: { bottle: mine, agent: shell } }\n';
const EVERYTHING = `
bottles:
  plain: {}
  box:
    image: { dockerfile: build/agent.df }
    gateway: { engine: pipelock, program: ~/bin/pipelock }
    ssh: [{ host: git.example.org, user: git, identity: ~/.ssh/deploy, known_host: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEmK0V6wQ0fU0M7aZ2B1mJ2m3fB6c1X9b1Qy6n1h5s2T" }]
    egress:
      protect: [config/prod.json, ~/.netrc]
      secret_rules: [~/rules.toml]
      allow:
        - { host: a.example.org, inject: { bearer: true, secret: { command: [/app/tools/token, --quiet] } } }
        - { host: b.example.org, inject: { bearer: true, secret: { file: ~/app/.token } } }
        - { host: c.example.org, inject: { bearer: true, secret: "\${TOKEN}" } }
agents:
  worker: { bottle: plain, agent: shell, prompt: docs/task.md }
`;

test('a manifest without named files is itself a named file', () => {
  const manifest = manifestOf(NOTHING);
  expect(namedHere(manifest, '/home/u')).toEqual({
    files: [{ path: manifest.file.path, why: 'it says what bot-bottle grants' }],
    commands: [],
    protect: [],
  });
});

test("all files named for any bottle and agent are collected, including the user's own manifest's", () => {
  const manifest = manifestOf(NOTHING, EVERYTHING);
  const dir = (manifest.outer?.file.path ?? '').replace(/\/[^/]*$/, '');
  const { files, commands, protect } = namedHere(manifest, '/home/u');
  expect(files.map(({ path }) => path)).toEqual([
    manifest.file.path,
    manifest.outer?.file.path,
    ...['agent.df', 'agent.df.dockerignore', '.dockerignore', '.containerignore'].map(
      (name) => `${dir}/build/${name}`,
    ),
    '/home/u/bin/pipelock',
    '/home/u/rules.toml',
    '/home/u/.ssh/deploy',
    '/home/u/app/.token',
    `${dir}/docs/task.md`,
  ]);
  expect(commands).toEqual([['/app/tools/token', '--quiet']]);
  expect(protect).toEqual(['config/prod.json', '/home/u/.netrc']);
});
