import { basename } from 'node:path';
import { isDependencyFolder } from './listing.ts';
import { comparable, foldersOf } from './paths.ts';

/**
 * Files by which a project makes programs of the host's run something: on opening a folder, on a git command, in an editor,
 * an agent or a CI service, or under a name that people type without reading (`npm test`, `make`). Nothing of that kind
 * comes back from a bottle unless the user agrees to it by itself. A table: a new tool is a line here.
 *
 * A pattern without a slash is a name in any folder; with a slash at its end it is a folder, wherever it lies, and all in
 * it; with a slash inside it is the end of a path. `*` stands for anything but a slash. Case does not matter.
 */
const PATTERNS: Readonly<Record<string, string>> = {
  'your shell runs it in this folder': `
    .envrc .direnv/ mise.toml .mise.toml mise.*.toml .mise.*.toml .mise/ mise/config*.toml mise/conf.d/ .tool-versions
  `,
  'your shell runs it at start': '.bashrc .bash_profile .profile .zshrc .zshenv .zprofile config.fish',
  'git acts on it': '.gitattributes .gitmodules .lfsconfig .gitconfig',
  'git takes its folder for a repository': 'head *.git/',
  'git hooks come from it': `
    .githooks/ .husky/ .pre-commit-config.yaml .pre-commit-hooks.yaml lefthook*.y*ml .lefthook*.y*ml
    lefthook*.toml lefthook*.json .lefthook/ .overcommit.yml .lintstagedrc* lint-staged.config.*
    commitlint.config.* .commitlintrc*
  `,
  'your editor runs it': `
    .vscode/ .idea/ .fleet/ .zed/ .vs/ *.code-workspace *.sublime-project .exrc .vimrc .nvimrc .nvim.lua
    .lvimrc .local.vimrc .vim/ .nvim/ .dir-locals.el .dir-locals-2.el .clangd .helix/ .nova/ .ycm_extra_conf.py
    .project .settings/ nbproject/ *.xcodeproj/ *.xcworkspace/ .bsp/
  `,
  'your editor runs it, to check or complete code': `
    eslint.config.* .eslintrc* prettier.config.* .prettierrc* stylelint.config.* .stylelintrc*
    tailwind.config.* postcss.config.* .pylintrc cargo.toml cmakelists.txt gemfile build.gradle*
    settings.gradle* .rubocop*.yml .solargraph.yml package.swift *.csproj *.fsproj *.vbproj directory.build.* directory.packages.props
    .flake8 pylintrc pylintrc.toml mypy.ini .mypy.ini hie.yaml .formatter.exs .credo.exs .php-cs-fixer*.php phpstan*.neon*
    psalm.xml*
  `,
  'a dev container is made from it':
    '.devcontainer/ .devcontainer.json devcontainer.json .gitpod.yml devfile.yaml .devfile.yaml',
  'your debugger or interpreter runs it':
    '.gdbinit .lldbinit .pdbrc .irbrc .pryrc .rprofile .ghci .iex.exs sitecustomize.py usercustomize.py *.pth',
  'agents on your host obey it': `
    .claude/ .mcp.json mcp.json .codex/ .gemini/ .cursor/ .cursorrules .windsurf/ .windsurfrules
    .aider* .continue/ .roo/ .roomodes .roorules* .clinerules/ .kiro/ .opencode/ opencode.json .agents/
    agents.md agents.override.md claude.md claude.local.md gemini.md .github/copilot-instructions.md
    .github/instructions/ .github/prompts/ .github/chatmodes/ .github/agents/ .github/hooks/ .qwen/ qwen.md
    .goosehints .goose/ .junie/ .amazonq/ .augment/ .augment-guidelines .kilocode/ .kilocodemodes .trae/ .factory/
    .crush/ .crush.json crush.json crush.md warp.md .rules .openhands/
  `,
  'your CI runs it': `
    .github/workflows/ .github/actions/ action.yml action.yaml .github/dependabot.yml .gitlab-ci.yml
    .gitlab/ .circleci/ .travis.yml jenkinsfile .jenkins/ azure-pipelines.yml .azure-pipelines/
    bitbucket-pipelines.yml .buildkite/ .drone.yml .woodpecker.yml .woodpecker/ .forgejo/ .gitea/
    .teamcity/ appveyor.yml .appveyor.yml cloudbuild.yaml .cirrus.yml .ci/ .readthedocs.y*ml .semaphore/ .tekton/ .builds/ .build.yml buildspec.y*ml
  `,
  'your package manager acts on it': `
    .npmrc .yarnrc .yarnrc.yml .yarn/ .pnpmfile.cjs pnpm-workspace.yaml bunfig.toml pip.conf .cargo/
    gradle.properties gradle-wrapper.properties gradle-wrapper.jar .mvn/ binding.gyp package.yaml package.json5
    composer.json *.gemspec podfile
  `,
  'it runs when you build or test': `
    makefile gnumakefile justfile .justfile taskfile.yml taskfile.yaml rakefile gradlew gradlew.bat
    mvnw mvnw.cmd build.rs setup.py conftest.py noxfile.py vagrantfile tiltfile procfile flake.nix
    shell.nix default.nix devenv.nix vite.config.* vitest.config.* vitest.workspace.*
    webpack.config.* rollup.config.* babel.config.* .babelrc* jest.config.* pyproject.toml
    rust-toolchain rust-toolchain.toml tools/bazel workspace workspace.bazel workspace.bzlmod
    module.bazel .bazelrc gruntfile.* gulpfile.* guardfile dangerfile* .mocharc* playwright.config.* cypress.config.*
    next.config.* nuxt.config.* svelte.config.* astro.config.* karma.conf.* esbuild.config.* tsup.config.* deno.json
    deno.jsonc turbo.json nx.json tox.ini pytest.ini setup.cfg hatch_build.py *.sbt build.xml pom.xml mix.exs
    meson.build configure build.zig dune-project setup.hs sconstruct project.clj rebar.config .nycrc* ava.config.*
  `,
  'containers of your host are made from it': `
    compose.y*ml compose.override.y*ml docker-compose*.y*ml dockerfile* *.dockerfile containerfile*
  `,
  'it says what bot-bottle grants': 'bot-bottle.yaml bot-bottle.yml .bot-bottle/ .worktreeinclude',
};

interface Compiled {
  readonly why: string;
  readonly pattern: RegExp;
  /** The folders above, which a symlink could stand in for. */
  readonly parents: RegExp | undefined;
}

const COMPILED: readonly Compiled[] = Object.entries(PATTERNS).flatMap(([why, patterns]) =>
  patterns
    .trim()
    .split(/\s+/)
    .map((pattern) => ({ why, pattern: compile(pattern), parents: compileParents(pattern) })),
);

function compile(pattern: string): RegExp {
  const isFolder = pattern.endsWith('/');
  return new RegExp(`(?:^|/)${escaped(pattern.replace(/\/$/, ''))}${isFolder ? '(?:/|$)' : '$'}`);
}

/** For `a/b/c`: a path that ends with `a` or `a/b`. */
function compileParents(pattern: string): RegExp | undefined {
  const components = pattern
    .split('/')
    .filter((component) => component !== '')
    .slice(0, -1);
  const ends = components.map((_, index) => escaped(components.slice(0, index + 1).join('/')));
  return ends.length === 0 ? undefined : new RegExp(`(?:^|/)(?:${ends.join('|')})$`);
}

function escaped(pattern: string): string {
  return pattern.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`).replaceAll('*', '[^/]*');
}

/** Why a program of the host would run, or obey, what is at this path; undefined where none of the table's would. */
export function hostExecutes(path: string, isLink: boolean): string | undefined {
  const name = comparable(path);
  // Such a folder stays in the bottle, but for files that the project has in its history; a link, or another spelling, would stand for one.
  const folders = isLink ? [...foldersOf(name), name] : foldersOf(name);
  return folders.some(isDependencies) ? IN_DEPENDENCIES : whyInTable(name, isLink);
}

/**
 * Why a program of the host would run, or obey, what a link at this path leads to. A package among dependencies that is a link makes
 * nothing more of source code than it is: package managers lay such links to the packages of a project (`node_modules/app -> ../src`).
 */
export function hostFollows(path: string): string | undefined {
  const name = comparable(path);
  return PACKAGE.test(name) && !isDependencies(name) ? whyInTable(name, true) : hostExecutes(path, true);
}

/** No `.bin/eslint`, and nothing within a package. */
const PACKAGE = /(?:^|\/)node_modules\/(?:@[^/]+\/)?[^./@][^/]*$/;
const IN_DEPENDENCIES = 'your tools run what is in a folder of that name';
const isDependencies = (folder: string): boolean => isDependencyFolder(basename(folder));

const whyInTable = (name: string, isLink: boolean): string | undefined =>
  COMPILED.find(({ pattern, parents }) => pattern.test(name) || (isLink && parents?.test(name) === true))
    ?.why;

/** Keys of a package.json that name programs to run: npm's documentation on package.json and on scripts. */
const EXECUTED_KEYS = [
  'scripts',
  'bin',
  'husky',
  'simple-git-hooks',
  'lint-staged',
  'pre-commit',
  'gitHooks',
  'packageManager',
  'devEngines',
  'workspaces',
  'gypfile',
  'trustedDependencies',
  'nodemonConfig',
  'wireit',
  'pnpm',
  // The same as files of their own, which are in the table.
  'eslintConfig',
  'stylelint',
  'prettier',
  'babel',
  'jest',
  'mocha',
  'ava',
  'nyc',
  'commitlint',
];

/** Whether a change of a package.json changes what runs. What cannot be read counts as such. */
export function changesPackageScripts(before: string | undefined, after: string): boolean {
  const [old, now] = [executedPart(before ?? '{}'), executedPart(after)];
  return now === undefined || old !== now;
}

function executedPart(text: string): string | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    if (typeof value !== 'object' || value === null) return undefined;
    if (membersIn(value) !== membersWritten(text)) return undefined; // one is there twice: not all tools take the last
    return JSON.stringify(EXECUTED_KEYS.map((key) => (value as Record<string, unknown>)[key]));
  } catch {
    return undefined;
  }
}

function membersIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const values: readonly unknown[] = Object.values(value);
  return values.reduce<number>((sum, one) => sum + membersIn(one), Array.isArray(value) ? 0 : values.length);
}

/** In text that is JSON: the strings with a colon behind them. */
const membersWritten = (text: string): number =>
  [...text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?/g)].filter(([, colon]) => colon !== undefined).length;
