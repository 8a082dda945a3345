import { describe, expect, test } from 'vitest';
import { hostExecutes, mayConfigure } from './host-executed.ts';
import { LOADED_FILES } from './loaded-files.ts';

test('each row of the table names its source, and has its patterns in lower case', () => {
  expect(LOADED_FILES.length).toBeGreaterThan(100);
  for (const { source, patterns } of LOADED_FILES) {
    expect(source.length).toBeGreaterThan(2);
    for (const pattern of patterns) expect(pattern).toBe(pattern.toLowerCase());
  }
});

describe('files that programs of the host run or obey', () => {
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
    'prod.env',
    'debian/rules',
    'sub/PKGBUILD',
    'alembic/env.py',
    'firmware/Kconfig',
    'spec/spec_helper.rb',
    'x.app/Contents/MacOS/x',
    'deploy/x.service',
    'packages/x/.env.local',
    '.hg/hgrc',
    'sub/.sl/config',
    '.ropeproject/config.py',
    '.RData',
    '.rspec',
    '.simple-git-hooks.js',
    '.graphqlrc.js',
    '.markdownlint.cjs',
    'wercker.yml',
    'codemagic.yaml',
    'docs/conf.py',
    'requirements-dev.txt',
    'requirements/base.txt',
    'package-lock.json',
    'ansible.cfg',
    'sub/BUILD.bazel',
    'src/main/resources/META-INF/services/javax.annotation.processing.Processor',
    // by the shape of their names, and by their type
    'packages/a/unheard-of.config.mjs',
    'unheardrc',
    'deep/down/Unheardfile',
    'run.sh',
    'tools/x.bat',
    'x.desktop',
    'src/fast.so',
    'lib/libx.so.1.2',
    'src/native.node',
    'model.pkl',
    // Windows takes these for `Makefile`, `.envrc` and a shortened name
    'Makefile. .',
    'Makefile::$DATA',
    'MAKEFI~1',
    'VITECO~1.TS',
    // `python -m pytest` loads these from the folder that it starts in
    'random.py',
    'json/__init__.py',
    'tasks.py',
  ])('the host runs or obeys %s', (path) => {
    expect(hostExecutes(path, false)).toBeTypeOf('string');
  });

  test.each(['.github', '.GITHUB', 'sub/.github', '.vscode', '.venv', 'sub/node_modules'])(
    'the host runs or obeys a link called %s',
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
  'src/random.py',
  'app/tasks.py',
  'src/profile.ts',
  'src',
  'main.py',
  'x.test.ts',
])('no program runs %s by itself', (path) => {
  expect(hostExecutes(path, false)).toBeUndefined();
});

const atTop = (path: string, isLink = false): string | undefined =>
  mayConfigure(path, { isLink, isPackage: (folder) => ['', 'packages/x'].includes(folder) });

describe('files that an unknown tool may read', () => {
  test.each([
    '.unheard',
    'src/.unheard',
    '.unheard/deep/down.ts',
    '.editorconfig',
    '\u200c.unheard',
    'unheard.toml',
    'unheard.json',
    'unheard',
    'unheard.unheard',
    'packages/x/unheard.yaml',
    'scripts/unheard.json',
    'Config/deep/unheard.ini',
    'tools/unheard',
  ])('an unknown tool may read %s', (path) => {
    expect(atTop(path)).toBeTypeOf('string');
  });

  test('an unknown tool may read a link named like a dotfile or like configuration', () => {
    expect(atTop('.unheard', true)).toBeTypeOf('string');
    expect(atTop('unheard.toml', true)).toBeTypeOf('string');
    expect(atTop('current', true)).toBeUndefined();
  });
});

test.each([
  'README.md',
  'LICENSE',
  'index.ts',
  'main.go',
  'App.java',
  'index.html',
  'style.css',
  'logo.svg',
  'schema.sql',
  'src/data/items.json',
  'src/i18n/en.yaml',
  'test/fixtures/x.toml',
  'packages/x/src/unheard.json',
  'packages/y/notes',
  'scripts/build.ts',
  '.gitignore',
  'empty/.gitkeep',
  'package.json',
])('%s is plain content by its name', (path) => {
  expect(atTop(path)).toBeUndefined();
});
