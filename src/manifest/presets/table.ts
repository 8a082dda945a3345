import type { PresetName } from '../schema/rule-schema.ts';
import { CARGO } from './cargo.ts';
import { GRADLE } from './gradle.ts';
import { GO } from './go.ts';
import { MAVEN } from './maven.ts';
import { PIP } from './pip.ts';
import { GEM } from './gem.ts';
import { withoutLogin, type Answer, type Preset, type Ask, xmlText } from './preset.ts';
import { isMap } from '../text/data.ts';

/** apt; `debian` is another name for it. */
const APT: Preset = {
  program: 'apt-get',
  variables: ['APT_CONFIG'],
  // Not `indextargets`: that omits everything that no update has fetched yet.
  read: async (ask) => ({ urls: aptUrls(await ask(['apt-get', 'update', '--print-uris'])) }),
  projectFiles: [],
};

/** Parses the output of `apt-get update --print-uris`. Pure. */
export const aptUrls = (uris: string): readonly string[] =>
  [...uris.matchAll(/^'([^']*)'/gm)].map(([, uri = '']) => uri);

const APK: Preset = {
  program: 'apk',
  variables: [],
  read: async (ask) => ({ urls: apkUrls(await ask(['cat', '/etc/apk/repositories'])) }),
  projectFiles: [],
};

/** Parses apk-repositories(5): a URL on each line, after a tag or options in version 3; `#` begins a comment. Pure. */
export const apkUrls = (repositories: string): readonly string[] =>
  repositories
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .flatMap((line) => line.match(/https?:\/\/\S+/g) ?? []);

/**
 * Image registries, for programs that read them without an engine (skopeo, crane). No engine runs in a bottle, and the
 * engine outside pulls `image:`. Includes only mirrors and registries of the engine's configuration: the engine does
 * not print the hosts of its default registry.
 */
export const DOCKER: Preset = {
  program: 'docker',
  variables: ['DOCKER_HOST', 'DOCKER_CONTEXT', 'DOCKER_CONFIG', 'DOCKER_TLS_VERIFY', 'DOCKER_CERT_PATH'],
  read: async (ask) => dockerAnswer(await ask(['docker', 'info', '--format', '{{json .RegistryConfig}}'])),
  projectFiles: [],
  // Only by digest: https://distribution.github.io/distribution/spec/api/.
  paths: ['/v2/', '/v2/**/manifests/sha256:*', '/v2/**/blobs/sha256:*'],
};

/**
 * Parses the output of `docker info --format '{{json .RegistryConfig}}'`. Pure.
 * @throws Error if it names no registry
 */
export function dockerAnswer(output: string): Answer {
  const { IndexConfigs: indexes } = JSON.parse(output) as { readonly IndexConfigs?: unknown };
  const urls = Object.entries(isMap(indexes) ? indexes : {}).flatMap(([name, index]) => {
    if (!isMap(index)) return [];
    const mirrors = Array.isArray(index['Mirrors'])
      ? index['Mirrors'].filter((one) => typeof one === 'string')
      : [];
    return index['Official'] === true ? mirrors : [`https://${name}/`, ...mirrors];
  });
  if (urls.length === 0) throw new Error('docker’s configuration names no mirror and no registry');
  return { urls };
}

/** NuGet: the enabled sources. */
const NUGET: Preset = {
  program: 'dotnet',
  variables: ['DOTNET_ROOT', 'DOTNET_CLI_HOME', 'XDG_CONFIG_HOME'],
  read: async (ask) =>
    nugetAnswer(
      await ask(['dotnet', 'nuget', 'list', 'source', '--format', 'Short'], {
        env: { DOTNET_CLI_TELEMETRY_OPTOUT: '1', DOTNET_NOLOGO: '1' },
      }),
    ),
  projectFiles: ['*.csproj', '*.fsproj', '*.vbproj', '*.sln', '*.slnx'],
};

/**
 * Parses the output of `dotnet nuget list source --format Short`: `E` marks an enabled source, `EM` one of the machine,
 * `D` a disabled one. Pure.
 */
export function nugetAnswer(output: string): Answer {
  const urls = [...output.matchAll(/^EM? (https?:\/\/\S+)$/gm)].map(([, url = '']) => url);
  const added = urls
    .flatMap(withoutLogin)
    .map((url, index) => `<add key="source${index}" value="${xmlText(url)}"${protocolOf(url)} />`);
  return {
    urls,
    settings: () => ({
      homeFiles: {
        '.nuget/NuGet/NuGet.Config': `<?xml version="1.0" encoding="utf-8"?>
<configuration><packageSources><clear />${added.join('')}</packageSources></configuration>
`,
      },
    }),
  };
}

/** Distinguishes the protocol versions as NuGet itself does. */
const protocolOf = (url: string): string => (url.endsWith('.json') ? ' protocolVersion="3"' : '');

/** Hex, for Elixir and Erlang. */
const HEX: Preset = {
  program: 'mix',
  variables: ['HEX_HOME', 'MIX_HOME', 'MIX_XDG', 'XDG_CONFIG_HOME', 'HEX_MIRROR', 'HEX_MIRROR_URL'],
  read: async (ask) => {
    const [repositories, config] = await Promise.all([
      ask(['mix', 'hex.repo', 'list']),
      ask(['mix', 'hex.config', 'mirror_url'], { mayFail: true }),
    ]);
    return hexAnswer(repositories, config);
  },
  projectFiles: ['mix.exs', 'rebar.config'],
};

/**
 * Parses the output of `mix hex.repo list` and `mix hex.config mirror_url`; the latter fails without a mirror. Pure.
 */
export function hexAnswer(repositories: string, config: string): Answer {
  const [mirror] = config.match(/https?:\/\/[^\s"]+/) ?? [];
  const own = mirror === undefined ? [] : withoutLogin(mirror);
  return {
    urls: [
      ...(mirror === undefined ? [] : [mirror]),
      ...repositories.split('\n').flatMap((line) => line.match(/\bhttps?:\/\/\S+/g) ?? []),
    ],
    settings: () => ({ env: Object.fromEntries(own.map((url) => ['HEX_MIRROR', url.replace(/\/$/, '')])) }),
  };
}

/**
 * Composer: the repositories in its own home folder. Each package names the place of its archive, mostly on a forge.
 */
const COMPOSER: Preset = {
  program: 'composer',
  variables: ['COMPOSER_HOME', 'XDG_CONFIG_HOME'],
  read: async (ask) =>
    composerAnswer(
      await ask(['composer', 'config', '--global', '--no-interaction', '--no-plugins', 'repositories'], {
        env: { COMPOSER_ALLOW_SUPERUSER: '1' },
      }),
    ),
  projectFiles: ['composer.json'],
};

/** Parses the output of `composer config --global repositories`; a disabled repository is `false`. Pure. */
export function composerAnswer(output: string): Answer {
  const repositories = Object.entries(JSON.parse(output) as Readonly<Record<string, unknown>>);
  const urls = repositories.flatMap(([, one]) => urlOf(one) ?? []);
  // Keeps the names: one of them may stand for Composer's own registry, or disable it.
  const kept = repositories.flatMap(([name, one]): (readonly [string, unknown])[] => {
    if (one === false) return [[name, false]];
    // In a list, a disabled repository is a map with only its name.
    const inList = isMap(one) ? Object.entries(one) : [];
    if (inList.length === 1 && inList[0]?.[1] === false) return inList;
    return (urlOf(one) ?? []).flatMap(withoutLogin).map((url) => [name, { type: 'composer', url }] as const);
  });
  const config = { repositories: Object.fromEntries(kept) };
  return {
    urls,
    settings: () => ({
      env: { COMPOSER_HOME: '/home/agent/.config/composer' },
      homeFiles: { '.config/composer/config.json': `${JSON.stringify(config, undefined, 2)}\n` },
    }),
  };
}

/** The URL of a repository of the type `composer`. */
const urlOf = (repository: unknown): readonly string[] | undefined =>
  isMap(repository) && repository['type'] === 'composer' && typeof repository['url'] === 'string'
    ? [repository['url']]
    : undefined;

/**
 * Deno: packages of JSR and npm. No command prints their places. So bot-bottle makes Deno request a package without a
 * network, and reads the URL from its error.
 */
const DENO: Preset = {
  program: 'deno',
  variables: ['JSR_URL', 'NPM_CONFIG_REGISTRY', 'npm_config_registry', 'NPM_CONFIG_USERCONFIG'],
  read: async (ask) =>
    denoAnswer(
      ...(await Promise.all([
        failureOf(ask, 'jsr:@bot-bottle/none'),
        failureOf(ask, 'npm:@bot-bottle/none'),
      ])),
    ),
  projectFiles: ['deno.json', 'deno.jsonc', 'deno.lock'],
};

/** No program listens on port 1 (tcpmux). `--reload` makes Deno ignore its cache. */
const failureOf = async (ask: Ask, specifier: string): Promise<string> =>
  await ask(['deno', 'info', '--no-config', '--reload', specifier], {
    env: { HTTP_PROXY: 'http://127.0.0.1:1', HTTPS_PROXY: 'http://127.0.0.1:1', NO_COLOR: '1' },
    mayFail: true,
  });

/**
 * Parses Deno's errors for a package of JSR and one of npm that it cannot fetch. Pure.
 * @throws Error if one names no URL
 */
export function denoAnswer(jsr: string, npm: string): Answer {
  const [jsrUrl, npmUrl] = [jsr, npm].map((text) => text.match(/https?:\/\/[^\s'"]+/)?.[0]);
  if (jsrUrl === undefined || npmUrl === undefined)
    throw new Error('deno does not say where it asks for packages');
  const base = (url: string): string => url.replace(/@bot-bottle.*$/, '');
  const tell = (name: string, url: string): (readonly [string, string])[] =>
    withoutLogin(base(url)).map((one) => [name, one] as const);
  return {
    urls: [jsrUrl, npmUrl],
    settings: () => ({
      env: Object.fromEntries([...tell('JSR_URL', jsrUrl), ...tell('NPM_CONFIG_REGISTRY', npmUrl)]),
    }),
  };
}

/** npm and the clients that read its configuration. */
const NPM: Preset = {
  program: 'npm',
  variables: [
    'npm_config_registry',
    'NPM_CONFIG_REGISTRY',
    'NPM_CONFIG_USERCONFIG',
    'NPM_CONFIG_GLOBALCONFIG',
  ],
  read: async (ask) => npmAnswer(await ask(['npm', 'config', 'list', '--json'])),
  projectFiles: ['package.json'],
};

/** Parses the output of `npm config list --json`. Pure. @throws Error if npm does not print its registry */
export function npmAnswer(output: string): Answer {
  const config = JSON.parse(output) as Readonly<Record<string, unknown>>;
  const { registry } = config;
  // npm does not print a URL with a password in it. Without this URL, the preset would silently open less than it
  // promises.
  if (typeof registry !== 'string') throw new Error('npm does not say what its registry is');
  const urls = Object.entries(config).flatMap(([key, value]) =>
    /^(@.+:)?registry$/.test(key) && typeof value === 'string' ? [value] : [],
  );
  return { urls, settings: () => ({ env: npmVariables(registry) }) };
}

/**
 * Variables for npm, pnpm and Bun, and a separate one for Yarn since version 2. `YARN_REGISTRY` of version 1 is not
 * set: version 2 fails if it is set. Removes a password, which older versions of npm print. Pure.
 */
function npmVariables(registry: string): Record<string, string> {
  const [url] = withoutLogin(registry);
  return url === undefined ? {} : { NPM_CONFIG_REGISTRY: url, YARN_NPM_REGISTRY_SERVER: url };
}

/** The package clients with a preset. To add one, add a record here and a name in rule-schema.ts. */
export const PRESETS: Readonly<Record<PresetName, Preset>> = {
  npm: NPM,
  pip: PIP,
  go: GO,
  cargo: CARGO,
  maven: MAVEN,
  gradle: GRADLE,
  gem: GEM,
  nuget: NUGET,
  composer: COMPOSER,
  hex: HEX,
  deno: DENO,
  docker: DOCKER,
  apt: APT,
  debian: APT,
  alpine: APK,
};
