import { rows } from './row.ts';

/** Files that shells, git, editors, debuggers and interpreters load from a folder. */
export const SHELLS_AND_EDITORS = [
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
    'another version control system runs what it says',
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
