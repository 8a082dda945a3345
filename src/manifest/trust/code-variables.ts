/**
 * Variables that make a program load or run code. Their values are part of a manifest's grants, so `trust` shows them.
 * A row: names (`*` stands for any text), and the source.
 */
const ROWS: readonly (readonly [names: string, source: string])[] = [
  [
    'LD_PRELOAD LD_AUDIT LD_LIBRARY_PATH LD_* DYLD_* GCONV_PATH LOCPATH NLSPATH GLIBC_TUNABLES',
    'ld.so(8), dyld(1), iconv(3)',
  ],
  [
    'BASH_ENV ENV SHELLOPTS BASHOPTS PROMPT_COMMAND PS4 PS1 IFS BASH_FUNC_* ZDOTDIR FPATH CDPATH',
    'bash(1), sh(1), zsh(1)',
  ],
  [
    'PATH SHELL EDITOR VISUAL PAGER BROWSER LESSOPEN LESSCLOSE MANPAGER MANOPT TERMINFO* INPUTRC',
    'environ(7), less(1), man(1)',
  ],
  [
    'NODE_* npm_config_* NPM_CONFIG_* YARN_* PNPM_* BUN_* DENO_* COREPACK_* ELECTRON_* TS_NODE_* TSX_*',
    'node(1), npmrc(5), each manual',
  ],
  [
    'PYTHON* PIP_* UV_* POETRY_* PYTEST_* VIRTUALENV_* COVERAGE_PROCESS_START',
    'python(1), pip, pytest: PYTEST_PLUGINS',
  ],
  ['PERL* HARNESS_* PROVE_*', 'perlrun(1): PERL5OPT, PERL5LIB, PERL5DB; Test::Harness'],
  ['RUBY* GEM_* BUNDLE_* IRBRC RAKEOPT', 'ruby(1), Bundler "Configuration"'],
  [
    'JAVA_* JDK_* _JAVA_OPTIONS MAVEN_* GRADLE_* SBT_* ANT_* CLASSPATH KOTLIN_* SCALA_* JVM_*',
    'java(1): JAVA_TOOL_OPTIONS; each manual',
  ],
  [
    'GIT_* SSH_ASKPASS* HGRCPATH HG HGEDITOR SVN_* CVS_RSH RSYNC_RSH',
    'git(1): GIT_SSH_COMMAND, GIT_CONFIG_*; ssh(1); hg(1)',
  ],
  [
    'CARGO_* RUST* GO* CGO_* CC CXX AR LD CPP CFLAGS CXXFLAGS CPPFLAGS LDFLAGS MAKE MAKEFLAGS MFLAGS GNUMAKEFLAGS MAKEFILES',
    'The Cargo Book; go help environment; make',
  ],
  [
    'PHP_* PHPRC COMPOSER_* LUA_* R_* JULIA_* ERL_* ELIXIR_* DOTNET_* COMPLUS_* MSBUILD* NUGET_* GHC* CABAL_* OCAML* CAML*',
    'each manual',
  ],
  [
    'DOCKER_* BUILDKIT_* COMPOSE_* KUBECONFIG HELM_* TF_* ANSIBLE_* VAGRANT_* PACKER_* PULUMI_* AWS_CONFIG_FILE CLOUDSDK_*',
    'each manual',
  ],
  [
    'VIMINIT EXINIT GVIMINIT VIM VIMRUNTIME MYVIMRC EMACS* XDG_CONFIG_* XDG_DATA_* HOME TMPDIR',
    'vim(1), XDG Base Directory Specification',
  ],
  [
    'QT_* GTK_* GIO_* GST_* OPENSSL_CONF OPENSSL_ENGINES OPENSSL_MODULES SSL_CERT_* CURL_* KRB5_* PKCS11_*',
    'config(5ssl), each manual',
  ],
  ['HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY http_proxy https_proxy all_proxy no_proxy', 'curl(1)'],
  ['ANTHROPIC_* CLAUDE_* CODEX_* OPENAI_* GEMINI_* MCP_*', 'settings and addresses of agents'],
  // Typical names of such variables, for those that no other row lists.
  [
    '*_PRELOAD *_OPTIONS *_OPTS *OPT *_FLAGS *_ARGS *_PATH *_LIB *_INIT *_STARTUP *RC *_CONFIG *_RC_FILE *_CONFIG_FILE',
    'names that programs give such variables',
  ],
  [
    '*_COMMAND *_CMD *_PROGRAM *_EXEC *_WRAPPER *_LAUNCHER *_SHELL *_EDITOR *_PAGER *_HOOK *_HOOKS *_PLUGIN *_PLUGINS *_HOME',
    'names that programs give such variables',
  ],
];

const PATTERNS: readonly RegExp[] = ROWS.flatMap(([names]) => names.split(' ')).map(
  (name) => new RegExp(`^${name.replaceAll('*', '.*')}$`, 'i'),
);

/** Returns whether the table lists a variable with this name as one that can make a program load or run its value. */
export const loadsCode = (variable: string): boolean => PATTERNS.some((pattern) => pattern.test(variable));
