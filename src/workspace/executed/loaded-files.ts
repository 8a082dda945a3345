/** Names of files that a tool loads by itself, with the source for that. */
export interface LoadedRow {
  /** For people: what the host does with such a file. */
  readonly why: string;
  /** The tool's documentation. */
  readonly source: string;
  /**
   * In lower case. A pattern without a slash is a name in any folder. A slash at the end means a folder anywhere, with
   * everything in it. A slash inside means the end of a path. `*` stands for anything but a slash.
   */
  readonly patterns: readonly string[];
}

/**
 * Reads rows from a text with one row per line: patterns separated by blanks, ` | `, and the source. Pure.
 * @throws Error for a line without patterns or without a source: the text is our own
 */
function rows(why: string, text: string): LoadedRow[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => {
      const [names = '', source = ''] = line.split(' | ');
      if (names === '' || source === '') throw new Error(`no patterns or no source: ${line}`);
      return { why, source, patterns: names.split(' ') };
    });
}

/** Files of a project that agents, CI services, and build or hosting services load. */
const AGENTS_AND_SERVICES = [
  ...rows(
    'agents on your host obey it',
    `
    .claude/ claude.md claude.local.md | Claude Code documentation, "Settings", "Memory"
    .mcp.json mcp.json | Model Context Protocol: configuration of clients
    .codex/ agents.md agents.override.md .agents/ | Codex documentation; agents.md
    .gemini/ gemini.md .qwen/ qwen.md | Gemini CLI, Qwen Code: configuration
    .cursor/ .cursorrules .cursorignore .windsurf/ .windsurfrules | Cursor "Rules", Windsurf "Memories & Rules"
    .aider* .continue/ .roo/ .roomodes .roorules* .clinerules/ .kiro/ .opencode/ opencode.json* | aider, Continue, Roo, Cline, Kiro, opencode
    .github/copilot-instructions.md .github/instructions/ .github/prompts/ .github/chatmodes/ .github/agents/ .github/hooks/ | GitHub Copilot
    .goosehints .goose/ .junie/ .amazonq/ .augment/ .augment-guidelines .kilocode/ .kilocodemodes .trae/ .factory/ | each agent's "rules"
    .crush/ .crush.json crush.json crush.md warp.md .rules .openhands/ | Crush, Warp, Zed, OpenHands documentation
    skill.md | Agent Skills specification
    `,
  ),
  ...rows(
    'your CI runs it',
    `
    .github/workflows/ .github/actions/ action.yml action.yaml .github/dependabot.yml | GitHub Actions, Dependabot documentation
    .gitlab-ci.yml *.gitlab-ci.yml .gitlab/ | GitLab CI/CD YAML reference
    .circleci/ .travis.yml .cirrus.yml .cirrus.star .semaphore/ .codeship* codeship-*.yml | CircleCI, Travis, Cirrus, Semaphore, CodeShip
    jenkinsfile* .jenkins/ *.jenkinsfile .jenkinsx/ jenkins-x*.yml | Jenkins handbook, "Using a Jenkinsfile"
    azure-pipelines*.yml azure-pipelines*.yaml .azure-pipelines/ .azuredevops/ .vsts-ci.yml | Azure Pipelines YAML schema
    bitbucket-pipelines.yml bamboo-specs/ | Bitbucket Pipelines, Bamboo Specs documentation
    .buildkite/ buildkite.y*ml .drone.* .woodpecker.y*ml .woodpecker/ .forgejo/ .gitea/ | Buildkite, Drone, Woodpecker, Forgejo, Gitea
    .teamcity/ appveyor.yml .appveyor.yml wercker.yml shippable.yml .shippable.yml bitrise.yml codemagic.yaml | TeamCity, AppVeyor, others
    cloudbuild.y*ml cloudbuild.json buildspec*.y*ml appspec.y*ml amplify.y*ml | Cloud Build, CodeBuild, CodeDeploy, Amplify reference
    .ci/ .readthedocs.y*ml .tekton/ .builds/ .build.yml .zuul.yaml .zuul.d/ zuul.yaml zuul.d/ .taskcluster.yml | Read the Docs, Tekton, others
    .packit.y*ml .copr/ .evergreen.yml evergreen.yml .harness/ .spacelift/ .mergify.yml renovate.json* .renovaterc* | each service's reference
    .concourse/ .earthly/ earthfile .dagger/ dagger.json .sourcehut/ .lgtm.yml .codeclimate.yml sonar-project.properties | each reference
    .probot.yml codeowners .pre-commit-ci.yaml .scrutinizer.yml .styleci.yml .hound.yml .codacy.y*ml | each service's reference
    `,
  ),
  ...rows(
    'a service that builds or hosts the project runs it',
    `
    netlify.toml vercel.json now.json wrangler.toml wrangler.json* fly.toml render.yaml railway.json railway.toml | "build.command" of each
    firebase.json app.yaml serverless.y*ml serverless.ts samconfig.toml template.yaml heroku.yml app.json nixpacks.toml | hooks of each
    procfile* .ebextensions/ .platform/ .platform.app.yaml .upsun/ project.toml .deployment | Heroku, Elastic Beanstalk, Platform.sh, others
    `,
  ),
  ...rows(
    'containers of your host are made from it',
    `
    compose*.y*ml docker-compose*.y*ml | Compose specification
    dockerfile* *.dockerfile containerfile* .dockerignore docker-bake.hcl docker-bake.json | Dockerfile reference, buildx bake
    skaffold.y*ml tiltfile helmfile.y*ml kustomization.y*ml chart.yaml devspace.yaml okteto.y*ml garden.y*ml | each tool's reference
    *.container *.kube *.pod quadlet/ | podman-systemd.unit(5)
    ansible.cfg vagrantfile packer.json *.pkr.hcl terragrunt.hcl .terraform/ *.tfrc terraform.rc pulumi*.yaml | Ansible: a known risk; others
    `,
  ),
  ...rows(
    'it says what bot-bottle grants',
    'bot-bottle.yaml bot-bottle.yml .bot-bottle/ .worktreeinclude | docs/MANIFEST.md',
  ),
];

/** Files that package managers, builds and tests load from a folder. */
const BUILDS = [
  ...rows(
    'your package manager acts on it',
    `
    .npmrc npm-shrinkwrap.json package-lock.json | npmrc(5), package-lock.json(5): "resolved" names where code comes from
    .yarnrc .yarnrc.yml .yarn/ yarn.lock .pnp.* | Yarn: "yarnPath", "plugins"
    .pnpmfile.* pnpmfile.* pnpm-workspace.yaml pnpm-lock.yaml .pnpmrc | pnpm documentation, ".pnpmfile.cjs"
    bunfig.toml bun.lock bun.lockb package.yaml package.json5 | Bun "preload"; pnpm: package.yaml
    pip.conf pip.ini requirements*.txt requirements*.in constraints*.txt requirements/*.txt | pip: configuration, requirements file format
    pipfile pipfile.lock poetry.lock poetry.toml uv.lock uv.toml pdm.lock pdm.toml pixi.toml pixi.lock environment.y*ml | pipenv, Poetry, uv
    .cargo/ cargo.lock | The Cargo Book, "Configuration"
    gradle.properties gradle-wrapper.properties gradle-wrapper.jar gradle.lockfile libs.versions.toml .mvn/ | Gradle, Maven: wrapper, "jvm.config"
    binding.gyp *.gyp *.gypi | node-gyp: run by npm install
    composer.json composer.lock | Composer: "scripts"
    *.gemspec podfile podfile.lock *.podspec cartfile* brewfile | Bundler, CocoaPods, Carthage, Homebrew Bundle
    go.mod go.sum go.work vendor/modules.txt | Go modules reference: "replace", "toolchain"
    nuget.config packages.config packages.lock.json paket.dependencies | NuGet: sources, install scripts
    pubspec.yaml pubspec.lock mix.lock rebar.lock stack.yaml* *.cabal cabal.project* package.yaml | Dart, Mix, Rebar, Stack, Cabal
    cpanfile* conanfile.* vcpkg.json vcpkg-configuration.json conda.y*ml meta.yaml meson_options.txt *.wrap | cpanm, Conan, vcpkg, conda-build
    `,
  ),
  ...rows(
    'it runs when you build or test',
    `
    makefile makefile.am makefile.in makefile.inc makefile.win gnumakefile *.mk *.mak makevars* | GNU make manual, "What Name to Give Your Makefile"
    justfile .justfile *.just taskfile.y*ml taskfile.*.y*ml magefile.go mage.go | just manual; Task "Supported file names"; Mage
    rakefile* *.rake thorfile *.thor capfile guardfile dangerfile* fastfile appraisals config.ru | Rake, Thor, Capistrano, Guard, Danger, Rack
    gradlew gradlew.bat mvnw mvnw.cmd pom.xml *.sbt build.xml build.sc build.mill project/build.properties project/*.scala | each manual
    build.rs rust-toolchain rust-toolchain.toml | The Cargo Book, "Build Scripts"; rustup book, "Overrides"
    setup.py setup.cfg pyproject.toml hatch_build.py versioneer.py | Setuptools, PEP 517, Hatch
    conftest.py pytest.ini .pytest.ini tox.ini .coveragerc noxfile.py /dodo.py fabfile.py /tasks.py unittest.cfg | pytest, tox, Nox, doit, Fabric
    wscript sconstruct sconscript snakefile *.smk conf.py | waf, SCons, Snakemake, Sphinx: Python code
    procfile flake.nix flake.lock shell.nix default.nix devenv.nix devenv.yaml *.nix guix.scm manifest.scm channels.scm devbox.json | Nix, Guix
    vite.config.* vitest.config.* vitest.workspace.* webpack.config.* rollup.config.* rspack.config.* esbuild.config.* tsup.config.* | each tool
    babel.config.* .babelrc* .swcrc .browserslistrc jest.config.* jest.setup.* .mocharc* mocha.opts karma.conf.* .taprc | each tool
    playwright.config.* cypress.config.* cypress.json wdio.conf.* nightwatch.conf.* protractor.conf.* codecept.conf.* | each tool
    gruntfile.* gulpfile.* gulpfile.*/ jakefile* knexfile.* brocfile.* ember-cli-build.js gatsby-node.* gatsby-config.* gatsby-ssr.* gatsby-browser.* .nycrc* ava.config.* | each tool
    next.config.* nuxt.config.* svelte.config.* astro.config.* angular.json nx.json turbo.json lerna.json rush.json project.json | each tool
    deno.json deno.jsonc deno.lock import_map.json tsdown.config.* nodemon.json pm2.json ecosystem.config.* .swrc | Deno "tasks", nodemon
    tools/bazel workspace workspace.bazel workspace.bzlmod module.bazel module.bazel.lock build.bazel build *.bzl .bazelrc .bazelversion | Bazel
    buck targets .buckconfig* pants.toml buildroot .gn *.gn *.gni .plzconfig | Buck, Pants, GN, Please
    mix.exs rebar.config* build.zig build.zig.zon dune dune-project dune-workspace *.opam setup.hs setup.lhs | each tool's manual
    meson.build configure configure.ac configure.in *.m4 *.am *.ac autogen.sh bootstrap.sh premake*.lua xmake.lua | Meson, Autoconf, Premake
    project.clj deps.edn bb.edn shadow-cljs.edn build.boot build.clj *.nimble *.nims nim.cfg *.rockspec dub.json dub.sdl shard.yml | each tool
    mkdocs.y*ml book.toml _config.yml _plugins/ hugo.toml hugo.y*ml config.toml antora*.yml docfx.json _quarto.yml | "hooks", "preprocessor"
    meta-inf/services/ | java.util.ServiceLoader: annotation processors run in javac
    phpunit.xml* phpunit.dist.xml behat.y*ml codeception*.y*ml artisan box.json | PHPUnit "bootstrap", Behat, Codeception
    build.pl makefile.pl dist.ini minil.toml | ExtUtils::MakeMaker, Module::Build, Dist::Zilla
    deps/build.jl artifacts.toml project.toml manifest.toml juliaproject.toml localpreferences.toml _targets.r | Julia Pkg, targets
    doxyfile* .ctags.d/ *.ctags .clang-tidy .clang-format | Doxygen: filters; ctags "option files"
    *.spec debian/ pkgbuild apkbuild *.ebuild snapcraft.yaml *.nuspec flatpak*.y*ml | RPM, Debian, Arch, Alpine, Gentoo, Snap, NuGet, Flatpak: build recipes
    buildsrc/ ivy.xml user.clj melos.yaml build.yaml analysis_options.yaml elm.json spago.dhall gleam.toml v.mod | Gradle, Ivy, Clojure, Dart, others
    alembic.ini alembic/env.py migrations/env.py locustfile.py scrapy.cfg airflow.cfg dbt_project.yml dvc.yaml mlproject | each manual
    platformio.ini west.yml kconfig kconfig.* sdkconfig* | PlatformIO "extra_scripts", West, Kconfig macros: $(shell,...)
    foundry.toml truffle-config.js anchor.toml brownie-config.y*ml ape-config.y*ml | "ffi", hooks and networks of each
    spec_helper.rb rails_helper.rb test_helper.exs bootstrap.php manifest.in | RSpec, ExUnit, PHPUnit: loaded before every test
    web.config app.config logback*.xml log4j2*.xml log4j.properties | .NET, Logback, Log4j: classes that they name are loaded
    `,
  ),
];

/** Files that shells, git, editors, debuggers and interpreters load from a folder. */
const SHELLS_AND_EDITORS = [
  ...rows(
    'your shell runs it in this folder',
    `
    .envrc .direnv/ | direnv(1)
    mise.toml .mise.toml mise.*.toml .mise.*.toml .mise/ mise/config*.toml mise/conf.d/ | mise documentation, "Configuration"
    .tool-versions | asdf documentation, "Configuration"
    `,
  ),
  ...rows(
    'your shell runs it at start',
    `
    .bashrc .bash_profile .profile | bash(1), "INVOCATION"
    .zshrc .zshenv .zprofile | zsh(1), "STARTUP/SHUTDOWN FILES"
    config.fish | fish documentation, "Configuration files"
    `,
  ),
  ...rows(
    'your programs take their environment from it',
    `
    .env .env.* *.env .flaskenv .dev.vars* .envfile | dotenv, Docker Compose "env_file", Flask "Environment Variables From dotenv", Wrangler
    .renviron | R, help(Startup)
    `,
  ),
  ...rows(
    'git acts on it',
    `
    .gitattributes | gitattributes(5)
    .gitmodules | gitmodules(5)
    .lfsconfig | git-lfs-config(5)
    .gitconfig | git-config(1), "FILES"
    .mailmap .git-blame-ignore-revs | gitmailmap(5), git-blame(1)
    `,
  ),
  ...rows(
    'another version control system runs it',
    `
    .hg/ .hgsub | hgrc(5): <repo>/.hg/hgrc, hooks and extensions; Mercurial subrepositories
    .sl/ .jj/ .svn/ .bzr/ .pijul/ _darcs/ .fslckout | Sapling "config", Jujutsu "Config files", Subversion, Bazaar, Pijul, Darcs "prefs"
    `,
  ),
  ...rows('git takes its folder for a repository', 'head *.git/ | gitrepository-layout(5)'),
  ...rows(
    'git hooks come from it',
    `
    .githooks/ githooks/ git-hooks/ | githooks(5): core.hooksPath
    .husky/ | husky documentation
    .pre-commit-config.yaml .pre-commit-hooks.yaml | pre-commit documentation
    lefthook*.y*ml .lefthook*.y*ml lefthook*.toml lefthook*.json .lefthook/ | lefthook documentation, "Config file name"
    .overcommit.yml | overcommit README
    .simple-git-hooks.* simple-git-hooks.* | simple-git-hooks README
    .lintstagedrc* lint-staged.config.* | lint-staged README
    commitlint.config.* .commitlintrc* | commitlint reference, "Configuration"
    `,
  ),
  ...rows(
    'your editor runs it',
    `
    .vscode/ *.code-workspace | VS Code documentation, "Workspaces", "Tasks"
    .idea/ .fleet/ *.iml *.ipr | IntelliJ IDEA documentation, "Projects"
    .zed/ | Zed documentation, "Tasks"
    .vs/ *.sln *.slnx *.suo | Visual Studio documentation, "Open Folder", "Solution file"
    *.sublime-project *.sublime-workspace *.sublime-build *.sublime-commands | Sublime Text documentation, "Projects"
    .exrc .vimrc .gvimrc .nvimrc .nvim.lua .lvimrc .local.vimrc .vim/ .nvim/ session.vim | Vim, :help exrc; Neovim, :help exrc
    .dir-locals.el .dir-locals-2.el .projectile .emacs* .ropeproject/ | GNU Emacs manual, "Per-Directory Local Variables"; rope "Configuration"
    .clangd .helix/ .nova/ .kakrc .ycm_extra_conf.py ftplugin/*.vim plugin/*.vim autoload/*.vim *.code-snippets | clangd, Helix, Nova, YouCompleteMe documentation
    .project .classpath .settings/ nbproject/ *.xcodeproj/ *.xcworkspace/ | Eclipse, NetBeans, Xcode: builders and build phases
    .bsp/ .metals/ .bloop/ | Build Server Protocol, "BSP Connection Details"
    `,
  ),
  ...rows(
    'your editor runs it, to check or complete code',
    `
    eslint.config.* .eslintrc* prettier.config.* .prettierrc* stylelint.config.* .stylelintrc* | ESLint, Prettier, Stylelint: configuration
    tailwind.config.* postcss.config.* .graphqlrc* graphql.config.* .markdownlint* | Tailwind, PostCSS, graphql-config, markdownlint-cli2
    tsconfig*.json jsconfig*.json | TypeScript, tsconfig: plugins of the language service, extends
    .pylintrc pylintrc pylintrc.toml .flake8 mypy.ini .mypy.ini pyrightconfig.json ruff.toml | Pylint "init-hook", Flake8, mypy "plugins"
    cargo.toml | The Cargo Book, "Build Scripts"
    cmakelists.txt cmakepresets.json cmakeuserpresets.json *.cmake | cmake-language(7), cmake-presets(7)
    gemfile gemfile.lock gems.rb .rubocop*.yml .solargraph.yml .steep* steepfile | gemfile(5), RuboCop "require", Solargraph
    build.gradle* settings.gradle* *.gradle *.gradle.kts init.gradle* | Gradle user manual, "Build Lifecycle"
    package.swift package@swift*.swift | Swift Package Manager documentation
    *.csproj *.fsproj *.vbproj *.vcxproj *.proj *.props *.targets *.rsp global.json | MSBuild: Exec task, Directory.Build.props
    hie.yaml .ghci | haskell-language-server "Configuration"; GHC User's Guide, ".ghci"
    .formatter.exs .credo.exs | Mix.Tasks.Format, Credo documentation
    .php-cs-fixer*.php phpstan*.neon* psalm.xml* phpcs.xml* rector.php | PHP CS Fixer, PHPStan, Psalm, Rector: configuration
    .luacheckrc .luarc.json .busted stylua.toml | luacheck, lua-language-server "plugin", busted
    rust-analyzer.toml clippy.toml | rust-analyzer manual, "Configuration"
    `,
  ),
  ...rows(
    'a dev container is made from it',
    `
    .devcontainer/ .devcontainer.json devcontainer.json | Development Containers specification
    .gitpod.yml .gitpod/ devfile.yaml .devfile.yaml .idx/ | Gitpod, Devfile, Firebase Studio documentation
    `,
  ),
  ...rows(
    'your debugger or interpreter runs it',
    `
    .gdbinit *-gdb.py *-gdb.gdb *-gdb.scm .lldbinit* | GDB manual, "Auto-loading"; lldb(1)
    .pdbrc sitecustomize.py usercustomize.py *.pth *._pth | Python: pdb, site
    .irbrc .pryrc .rdbgrc* .rspec .guardrc | irb, Pry, debug.rb, RSpec documentation
    .rprofile .rdata .rda renv/activate.r | R, help(Startup), renv documentation
    .iex.exs .erlang | IEx "The .iex.exs file"; erl(1)
    .proverc .perltidyrc .perlcriticrc .perldb .yath.rc .yath.user.rc | prove(1), perltidy(1), perlcritic(1), perldebug(1), yath(1)
    .octaverc startup.m startup.jl .juliarc.jl .php.ini php.ini .user.ini .htaccess | Octave, MATLAB, Julia, PHP, httpd: startup files
    .inputrc .screenrc .tmux.conf .mailrc .wgetrc .curlrc .netrc | readline(3), screen(1), tmux(1), mailx(1), wget(1), curl(1), netrc(5)
    .latexmkrc latexmkrc texmf.cnf | latexmk(1): Perl code; kpathsea manual
    `,
  ),
  ...rows(
    'your desktop or system runs it',
    `
    *.app/ *.lnk *.url *.reg *.hta *.inf desktop.ini *.pkg *.dmg *.deb *.rpm | macOS bundles; Windows Shell, Registry, autorun.inf; installers
    *.service *.timer *.socket *.path crontab *.cron | systemd.unit(5), crontab(5)
    `,
  ),
];

/** All files that a known tool loads by name. */
export const LOADED_FILES: readonly LoadedRow[] = [...SHELLS_AND_EDITORS, ...AGENTS_AND_SERVICES, ...BUILDS];
