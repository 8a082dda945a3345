import { expect, test } from 'vitest';
import { manifestOf } from '../../../test/support/manifest.ts';
import { findProgram } from '../../host/system/programs.ts';
import { givenTo, startFilesOf } from './start-files.ts';

test.each([
  [['/app/tools/token'], ['/app/tools/token']],
  [['sh', '-c', 'cd / && "/app/tools/token" --quiet'], ['/app/tools/token']],
  [['vault', '--config=/app/vault.hcl'], ['/app/vault.hcl']],
  [['curl', '-d', '@/app/body.json'], ['/app/body.json']],
  [['sh', '-c', '~/app/token | head -1'], ['/home/u/app/token']],
  [
    ['sh', '-c', '"$HOME/app/token"; ${HOME}/app/b'],
    ['/home/u/app/token', '/home/u/app/b'],
  ],
  [
    ['env', '--chdir=/app', './tools/token'],
    ['/app', '/app/tools/token'],
  ],
  [
    ['uv', '--directory', '/app', 'run', 'token.py'],
    ['/app', '/app/token.py'],
  ],
  [['gh', 'auth', 'token'], []],
  [['find', '/'], []],
])('the command %j is given these', (command, expected) => {
  const { paths } = givenTo(command, '/home/u');
  expect({ paths, isNone: paths.length === 0 }).toEqual({
    paths: expect.arrayContaining(expected),
    isNone: expected.length === 0,
  });
});

test.each([
  ['cat /app/keys/*.txt', '/app/keys/*.txt'],
  ['cat /app/keys/prod?.txt', '/app/keys/prod*.txt'],
  ['cat ~/app/*.json', '/home/u/app/*.json'],
  ['cat /app/keys/$(hostname).txt', '/app/keys/*'],
  ['cat /app/keys/$NAME.txt', '/app/keys/*.txt'],
])('the command %j stands for any of these', (script, expected) => {
  expect(givenTo(['sh', '-c', script], '/home/u').patterns).toContain(expected);
});

const manifest = manifestOf(`
bottles:
  plain: {}
  box:
    egress:
      protect: [prod.json, "/etc/**"]
      allow:
        - { host: a.example.org, inject: { bearer: true, secret: { command: [sh, -c, "/app/token | head -1"] } } }
        - { host: b.example.org, inject: { bearer: true, secret: { command: [gh, auth, token] } } }
agents: { worker: { bottle: plain, agent: shell } }
`);

test('a start by one agent knows what the manifest names for the others', () => {
  const found = startFilesOf(manifest, { projectPath: '/home/me/project', named: '/app/now/agents.yaml' });
  const paths = found.files.map(({ path }) => path);
  expect(paths).toEqual(
    expect.arrayContaining([manifest.file.path, '/app/now/agents.yaml', '/app/token', findProgram('sh')]),
  );
  expect(new Set(paths).size).toBe(paths.length);
  const scripts = found.files.filter(({ isScript }) => isScript === true).map(({ path }) => path);
  expect(scripts).toContain('/app/token');
  expect(scripts).not.toContain('/app/now/agents.yaml');
  expect(found.patterns.map(({ text }) => text)).toEqual(['/home/me/project/prod.json', '/etc/**']);
  expect(found.texts.map(({ text }) => text)).toEqual(['/app/token | head -1']);
});
