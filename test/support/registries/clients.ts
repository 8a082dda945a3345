import { createHash } from 'node:crypto';
import { packed, packedAll, zip } from './archives.ts';
import { DEBIAN } from './debian.ts';

/**
 * A client to test with a stand-in registry: what that serves, this host's settings, and the script in a bottle.
 */
export interface ClientCase {
  readonly preset: string;
  /** The user's configuration has the registry's name: the gateway refuses a client that sends an address as SNI. */
  readonly isNamed?: true;
  /** Returns what the registry serves, by path. `downloads`: a second place, for registries that name one. */
  readonly serves: (places: Places) => Promise<Record<string, Uint8Array | string>>;
  /** Files of the user's home folder, by path. */
  readonly homeFiles: (places: Places) => Record<string, string>;
  /** Variables of the user, by name. */
  readonly env?: (places: Places) => Record<string, string>;
  /** Files of the project. */
  readonly project?: (places: Places) => Record<string, string>;
  /** Downloads one package and prints `hello from the registry`. */
  readonly script: string;
  /** A path that only a download requests. */
  readonly asked: string;
}

export interface Places {
  readonly url: string;
  readonly downloads: string;
  /** The user's home folder on the host. */
  readonly home: string;
}

const HELLO = 'hello from the registry';
const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');

const MODULE = 'registry.example/hello';

const GO: ClientCase = {
  preset: 'go',
  serves: async () => ({
    [`/${MODULE}/@v/list`]: 'v1.0.0\n',
    [`/${MODULE}/@v/v1.0.0.info`]: '{"Version":"v1.0.0"}',
    [`/${MODULE}/@v/v1.0.0.mod`]: `module ${MODULE}\n`,
    [`/${MODULE}/@v/v1.0.0.zip`]: zip({
      [`${MODULE}@v1.0.0/go.mod`]: `module ${MODULE}\n`,
      [`${MODULE}@v1.0.0/hello.txt`]: `${HELLO}\n`,
    }),
  }),
  homeFiles: ({ url }) => ({ '.config/go/env': `GOPROXY=${url}\nGOSUMDB=off\n` }),
  script: `go mod download ${MODULE}@v1.0.0 && cat "$HOME/go/pkg/mod/${MODULE}@v1.0.0/hello.txt"`,
  asked: `/${MODULE}/@v/v1.0.0.zip`,
};

const CARGO: ClientCase = {
  preset: 'cargo',
  serves: async ({ downloads }) => {
    const files = {
      'hello-1.0.0/Cargo.toml': '[package]\nname = "hello"\nversion = "1.0.0"\nedition = "2021"\n',
      'hello-1.0.0/src/lib.rs': `// ${HELLO}\n`,
    };
    const crate = await packed(
      files,
      ['tar', '--create', '--gzip', '--file', 'x.crate', 'hello-1.0.0'],
      'x.crate',
    );
    const line = {
      name: 'hello',
      vers: '1.0.0',
      deps: [],
      cksum: sha256(crate),
      features: {},
      yanked: false,
    };
    return {
      '/index/config.json': JSON.stringify({ dl: `${downloads}/dl` }),
      '/index/he/ll/hello': `${JSON.stringify(line)}\n`,
      '/dl/hello/1.0.0/download': crate,
    };
  },
  homeFiles: ({ url }) => ({
    '.cargo/config.toml': `[source.crates-io]\nreplace-with = "stand-in"\n[source.stand-in]\nregistry = "sparse+${url}/index/"\n`,
  }),
  project: () => ({
    'Cargo.toml':
      '[package]\nname = "app"\nversion = "1.0.0"\nedition = "2021"\n[lib]\npath = "lib.rs"\n[dependencies]\nhello = "1"\n',
    'lib.rs': '',
  }),
  script: 'cargo fetch && sed s,//.,, "$HOME"/.cargo/registry/src/*/hello-1.0.0/src/lib.rs',
  asked: '/dl/hello/1.0.0/download',
};

const PARENT = `<project><modelVersion>4.0.0</modelVersion><groupId>example.registry</groupId><artifactId>parent</artifactId>
<version>1</version><packaging>pom</packaging><name>${HELLO}</name></project>
`;

const MAVEN: ClientCase = {
  preset: 'maven',
  serves: async () => ({ '/maven/example/registry/parent/1/parent-1.pom': PARENT }),
  homeFiles: ({ url }) => ({
    '.m2/settings.xml': `<settings><mirrors><mirror><id>stand-in</id><mirrorOf>*</mirrorOf><url>${url}/maven</url></mirror></mirrors></settings>\n`,
  }),
  project: () => ({
    'pom.xml': `<project><modelVersion>4.0.0</modelVersion><artifactId>app</artifactId><packaging>pom</packaging>
<parent><groupId>example.registry</groupId><artifactId>parent</artifactId><version>1</version><relativePath/></parent></project>`,
  }),
  script:
    'mvn --batch-mode --quiet validate && sed -n "s/.*<name>\\(.*\\)<.name>.*/\\1/p" "$HOME"/.m2/repository/example/registry/parent/1/parent-1.pom',
  asked: '/maven/example/registry/parent/1/parent-1.pom',
};

const GEM: ClientCase = {
  preset: 'gem',
  serves: async () => {
    const files = {
      'hello.gemspec':
        'Gem::Specification.new { |s| s.name = "hello"; s.version = "1.0.0"; s.summary = "x"; s.authors = ["x"]; s.files = ["lib/hello.rb"] }',
      'lib/hello.rb': `puts "${HELLO}"\n`,
    };
    const gem = await packed(files, ['gem', 'build', 'hello.gemspec'], 'hello-1.0.0.gem');
    const quick = ['ruby', '-rzlib', '-e', QUICK] as const;
    const info = `---\n1.0.0 |checksum:${sha256(gem)}\n`;
    return {
      '/gems/hello-1.0.0.gem': gem,
      '/info/hello': info,
      '/versions': `created_at: 2026-01-01T00:00:00Z\n---\nhello 1.0.0 ${createHash('md5').update(info).digest('hex')}\n`,
      '/quick/Marshal.4.8/hello-1.0.0.gemspec.rz': await packed(files, quick, 'quick.rz'),
    };
  },
  homeFiles: ({ url }) => ({ '.gemrc': `---\n:sources:\n- ${url}/\n` }),
  script: 'gem install --user-install --no-document hello >&2 && ruby -e "require %q(hello)"',
  asked: '/gems/hello-1.0.0.gem',
};

const QUICK =
  'spec = Gem::Specification.load("hello.gemspec"); File.binwrite("quick.rz", Zlib::Deflate.deflate(Marshal.dump(spec)))';

const PIP: ClientCase = {
  preset: 'pip',
  serves: async () => {
    const wheel = zip({
      'hello.py': `print("${HELLO}")\n`,
      'hello-1.0.0.dist-info/METADATA': 'Metadata-Version: 2.1\nName: hello\nVersion: 1.0.0\n',
      'hello-1.0.0.dist-info/WHEEL':
        'Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
      'hello-1.0.0.dist-info/RECORD': '',
    });
    const name = 'hello-1.0.0-py3-none-any.whl';
    return {
      '/simple/hello/': `<a href="/files/${name}#sha256=${sha256(wheel)}">${name}</a>`,
      [`/files/${name}`]: wheel,
    };
  },
  homeFiles: ({ url }) => ({ '.config/pip/pip.conf': `[global]\nindex-url = ${url}/simple/\n` }),
  script:
    'python3 -m pip install --quiet --target /tmp/hello hello && PYTHONPATH=/tmp/hello python3 -c "import hello"',
  asked: '/files/hello-1.0.0-py3-none-any.whl',
};

const COMPOSER: ClientCase = {
  preset: 'composer',
  serves: async ({ url }) => {
    const files = { 'hello/composer.json': '{"name":"example/hello"}', 'hello/hello.txt': `${HELLO}\n` };
    const tar = await packed(files, ['tar', '--create', '--file', 'x.tar', 'hello'], 'x.tar');
    const dist = { type: 'tar', url: `${url}/dist/hello.tar`, shasum: '' };
    const versions = { '1.0.0': { name: 'example/hello', version: '1.0.0', dist } };
    return {
      '/packages.json': JSON.stringify({ packages: { 'example/hello': versions } }),
      '/dist/hello.tar': tar,
    };
  },
  homeFiles: ({ url }) => ({
    '.config/composer/config.json': JSON.stringify({ repositories: [{ type: 'composer', url }] }),
  }),
  project: () => ({ 'composer.json': '{"require":{"example/hello":"1.0.0"}}' }),
  // Bubblewrap hides PHP's configuration, which names its extensions.
  script: `php -n ${['ctype', 'curl', 'iconv', 'mbstring', 'phar', 'tokenizer'].map((name) => `-d extension=${name}`).join(' ')} \
/usr/bin/composer install --no-interaction --quiet && cat vendor/example/hello/hello.txt`,
  asked: '/dist/hello.tar',
};

const GRADLE: ClientCase = {
  preset: 'gradle',
  serves: async () => ({
    '/maven/example/registry/hello/1/hello-1.pom': `<project><modelVersion>4.0.0</modelVersion><groupId>example.registry</groupId><artifactId>hello</artifactId><version>1</version></project>`,
    '/maven/example/registry/hello/1/hello-1.jar': zip({ 'hello.txt': `${HELLO}\n` }),
  }),
  homeFiles: ({ url }) => ({
    '.gradle/init.d/stand-in.gradle': `allprojects { repositories { maven { url '${url}/maven' } } }\n`,
  }),
  project: ({ url }) => ({
    'build.gradle': `repositories { maven { url '${url}/maven' } }
configurations { hello }
dependencies { hello 'example.registry:hello:1' }
task hello { doLast { configurations.hello.each { zipTree(it).visit { f -> print f.file.text } } } }
`,
  }),
  script: 'gradle --no-daemon --quiet hello',
  asked: '/maven/example/registry/hello/1/hello-1.jar',
};

const DENO_MODULE = `console.log("${HELLO}");\n`;

const DENO: ClientCase = {
  preset: 'deno',
  serves: async () => {
    const file = { size: DENO_MODULE.length, checksum: `sha256-${sha256(Buffer.from(DENO_MODULE))}` };
    return {
      '/jsr/@example/hello/meta.json': JSON.stringify({
        scope: 'example',
        name: 'hello',
        latest: '1.0.0',
        versions: { '1.0.0': {} },
      }),
      '/jsr/@example/hello/1.0.0_meta.json': JSON.stringify({
        manifest: { '/mod.ts': file },
        exports: { '.': './mod.ts' },
      }),
      '/jsr/@example/hello/1.0.0/mod.ts': DENO_MODULE,
    };
  },
  homeFiles: () => ({}),
  env: ({ url }) => ({ JSR_URL: `${url}/jsr/`, NPM_CONFIG_REGISTRY: `${url}/npm/` }),
  script: './deno run --quiet jsr:@example/hello@1.0.0',
  asked: '/jsr/@example/hello/1.0.0/mod.ts',
};

/** Hex packs the package, and signs the registry with a key made here. */
const HEX_BUILD = `set -e; export HOME="$PWD"
mix hex.build --output hello-1.0.0.tar
mkdir --parents public/tarballs; mv hello-1.0.0.tar public/tarballs
openssl genrsa -out key.pem 2048
mix hex.registry build public --name=hexpm --private-key=key.pem`;

const HEX: ClientCase = {
  preset: 'hex',
  isNamed: true,
  serves: async () => {
    const files = {
      'mix.exs': `defmodule Hello.MixProject do
  use Mix.Project
  def project, do: [app: :hello, version: "1.0.0", description: "x", package: [licenses: ["MIT"], links: %{}, files: ["lib", "mix.exs"]]]
end
`,
      'lib/hello.ex': `# ${HELLO}\n`,
    };
    const paths = ['packages/hello', 'tarballs/hello-1.0.0.tar'];
    const outputs = paths.map((path) => `public/${path}`);
    const built = await packedAll(files, ['sh', '-c', HEX_BUILD], outputs);
    return Object.fromEntries(
      Object.entries(built).map(([path, data]) => [path.replace('public/', '/hex/'), data]),
    );
  },
  homeFiles: ({ url }) => ({ '.hex/hex.config': `{mirror_url,<<"${url}/hex">>}.\n` }),
  project: () => ({
    'mix.exs': `defmodule App.MixProject do
  use Mix.Project
  def project, do: [app: :app, version: "1.0.0", deps: [{:hello, "1.0.0"}]]
end
`,
  }),
  // Unsafe: otherwise Hex requires the signature of the public registry.
  script: 'HEX_UNSAFE_REGISTRY=1 mix deps.get >&2 && sed "s/^# //" deps/hello/lib/hello.ex',
  asked: '/hex/tarballs/hello-1.0.0.tar',
};

/** The cases by preset. */
export const CLIENT_CASES = {
  go: GO,
  cargo: CARGO,
  maven: MAVEN,
  gem: GEM,
  pip: PIP,
  composer: COMPOSER,
  gradle: GRADLE,
  deno: DENO,
  hex: HEX,
  debian: DEBIAN,
} as const;
