import { describe, expect, test } from 'vitest';
import { changesPackageScripts, hostExecutes } from './host-executed.ts';

describe('programs of the host run or obey', () => {
  test.each([
    '.envrc',
    'sub/.envrc',
    '.github/workflows/ci.yml',
    '.GitHub/Workflows/CI.YML',
    '.vscode/tasks.json',
    '.vs\u200ccode/tasks.json',
    '.v\u017fcode/tasks.json',
    'Make\ufb01le',
    'packages/a/.vscode/settings.json',
    'Node_modules/.bin/tsc',
    'vendor/node_modules/a/index.js',
    '.VENV/bin/activate',
    '.claude/settings.json',
    '.claude/hooks/x.sh',
    'CLAUDE.md',
    'AGENTS.md',
    '.mcp.json',
    '.husky/pre-commit',
    '.pre-commit-config.yaml',
    '.lintstagedrc.json',
    '.gitattributes',
    '.gitmodules',
    'x.code-workspace',
    'Makefile',
    'GNUmakefile',
    'setup.py',
    'gradle/wrapper/gradle-wrapper.jar',
    '.yarn/releases/yarn.cjs',
    'lib/HEAD',
    'x.git/config',
    'bot-bottle.yaml',
    'AGENTS.override.md',
    'packages/a/eslint.config.mjs',
    '.eslintrc.cjs',
    'vite.config.ts',
    'pyproject.toml',
    'crates/a/Cargo.toml',
    'rust-toolchain.toml',
    'settings.gradle.kts',
    'tools/bazel',
    'docker-compose.dev.yaml',
    'compose.yml',
    'Dockerfile.test',
    '.clangd',
    '.github/hooks/x.json',
    '.junie/guidelines.md',
    '.goosehints',
    'crush.json',
    'sub/WARP.md',
    '.vs/tasks.vs.json',
    'Gruntfile.js',
    'project/plugins.sbt',
    'playwright.config.ts',
    'deno.json',
    'pom.xml',
    'native/binding.gyp',
    'lefthook-local.yml',
    '.lefthook.yml',
    'lint-staged.config.mjs',
    'commitlint.config.js',
    'mise.local.toml',
    '.helix/languages.toml',
    '.rubocop.yml',
    'a.gemspec',
    'src/App.csproj',
    'Directory.Build.props',
    'Package.swift',
    '.bazelrc',
    'composer.json',
    '.clinerules/01-rules.md',
    '.clinerules/hooks/TaskStart',
    '.roorules-code',
    '.config/mise/config.toml',
    '.bsp/sbt.json',
    'hie.yaml',
    '.ghci',
    '.iex.exs',
    '.formatter.exs',
    '.flake8',
    'pylintrc',
    'mypy.ini',
    '.vim/coc-settings.json',
    '.gitpod.yml',
    '.ycm_extra_conf.py',
    '.php-cs-fixer.dist.php',
    '.nycrc.json',
    'ava.config.js',
    'ios/Podfile',
    'app.xcodeproj/project.pbxproj',
    '.settings/org.eclipse.core.externaltools.prefs',
    '.readthedocs.yaml',
    'Setup.hs',
  ])('%s', (path) => {
    expect(hostExecutes(path, false)).toBeTypeOf('string');
  });

  test.each(['.github', '.GITHUB', 'sub/.github', '.vscode', '.venv', 'sub/node_modules'])(
    'a link called %s',
    (path) => {
      expect(hostExecutes(path, true)).toBeTypeOf('string');
    },
  );
});

test.each([
  'src/main.ts',
  'src/hooks/useThing.ts',
  'docs/vscode/index.md',
  '.github/ISSUE_TEMPLATE.md',
  'makefile.ts',
  'README.md',
  'header',
  'workflows/ci.yml',
  'src/workspace.ts',
  'src/vite.ts',
  'src/compose.ts',
  'lib/bazel',
  'src/env.ts',
])('nothing runs %s by itself', (path) => {
  expect(hostExecutes(path, false)).toBeUndefined();
});

describe('a package.json', () => {
  const before = '{"scripts":{"test":"x"},"dependencies":{"a":"1"}}';

  test.each([
    ['new scripts', '{"scripts":{"test":"x","postinstall":"y"},"dependencies":{"a":"1"}}'],
    ['a new program', '{"scripts":{"test":"x"},"bin":"./x"}'],
    ['a key that is there twice', '{"scripts":{"test":"y"},"scripts":{"test":"x"}}'],
    ['a key that is there twice, once escaped', '{"scr\\u0069pts":{"test":"y"},"scripts":{"test":"x"}}'],
    ['a script that is there twice', '{"scripts":{"test":"y","test":"x"}}'],
    ['a dependency whose scripts Bun runs', '{"scripts":{"test":"x"},"trustedDependencies":["a"]}'],
    ['a command of nodemon', '{"scripts":{"test":"x"},"nodemonConfig":{"exec":"y"}}'],
    ['another package manager', '{"scripts":{"test":"x"},"packageManager":"pnpm@9"}'],
    ['what is no JSON', '{'],
    ['no object', 'null'],
  ])('with %s runs', (_, after) => {
    expect(changesPackageScripts(before, after)).toBe(true);
  });

  test('with another dependency or name runs nothing of its own', () => {
    expect(
      changesPackageScripts(before, '{"name":"n","scripts":{"test":"x"},"dependencies":{"b":"2"}}'),
    ).toBe(false);
  });

  test('that is new runs where it has scripts', () => {
    expect(changesPackageScripts(undefined, '{"name":"n"}')).toBe(false);
    expect(changesPackageScripts(undefined, '{"scripts":{"test":"x"}}')).toBe(true);
  });
});
