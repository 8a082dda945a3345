import { expect, test, afterEach, beforeEach, describe, vi } from 'vitest';
import { manifestOf } from '../../../test/support/manifest.ts';
import { findProgram } from '../../host/system/programs.ts';
import { givenTo, startFilesOf, refuseVariablesInProject } from './start-files.ts';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

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
])('the command %j uses these start files', (command, expected) => {
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
])('the command %j may use any of these start files', (script, expected) => {
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

test('a start by one agent knows the start files of the others', () => {
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

describe('preset variables', () => {
  let dir: string;
  let projectPath: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'preset-variables-'));
    projectPath = join(dir, 'project');
    mkdirSync(projectPath);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(dir, { recursive: true });
  });

  describe('a variable of a preset is refused', () => {
    test.each([
      ['go', 'GOENV', 'project/goenv'],
      ['gradle', 'GRADLE_USER_HOME', 'project/.gradle'],
      ['cargo', 'CARGO_HOME', 'link/.cargo'], // through a link outside
    ] as const)(
      'a preset variable of %s is refused where %s leads to %s, inside the project',
      (preset, variable, below) => {
        symlinkSync(projectPath, join(dir, 'link'));
        vi.stubEnv(variable, join(dir, below));
        expect(() => refuseVariablesInProject([preset], projectPath)).toThrow(
          `${variable} leads the preset ${preset}`,
        );
      },
    );

    test('a preset variable is refused where an option in it leads into the project', () => {
      vi.stubEnv('MAVEN_ARGS', `--settings=${projectPath}/settings.xml`);
      expect(() => refuseVariablesInProject(['maven'], projectPath)).toThrow('MAVEN_ARGS');
    });
  });

  describe('a variable of a preset is taken', () => {
    test('a preset variable is accepted where it leads elsewhere', () => {
      vi.stubEnv('CARGO_HOME', join(dir, 'cargo'));
      vi.stubEnv('CARGO_HTTP_PROXY', 'https://mirror.corp.example/project');
      expect(() => refuseVariablesInProject(['cargo'], projectPath)).not.toThrow();
    });

    test('a preset variable is accepted where only an unnamed client reads it', () => {
      vi.stubEnv('GOENV', join(projectPath, 'goenv'));
      expect(() => refuseVariablesInProject(['npm'], projectPath)).not.toThrow();
    });
  });
});
