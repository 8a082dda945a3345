import { BottleError, reasonOf } from '../errors.ts';
import { hostVariable } from '../host/env.ts';
import { run } from '../host/run.ts';
import type { PresetName } from './schema/rule-schema.ts';

/**
 * Presets: what a package client of this host is configured with, read from the client itself at start. No registry's
 * name is written here, and a company's mirror counts.
 */

/** A place that a client downloads from. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly scheme: 'https' | 'http';
}

interface Preset {
  /** Commands whose outputs, in this order, say it. */
  readonly commands: readonly (readonly [program: string, ...args: string[]])[];
  /** Variables of the host that the client reads its configuration from. */
  readonly variables: readonly string[];
  readonly urlsIn: (outputs: readonly string[]) => readonly string[];
}

const PRESETS: Readonly<Record<PresetName, Preset>> = {
  npm: {
    commands: [['npm', 'config', 'list', '--json']],
    variables: [
      'npm_config_registry',
      'NPM_CONFIG_REGISTRY',
      'NPM_CONFIG_USERCONFIG',
      'NPM_CONFIG_GLOBALCONFIG',
    ],
    urlsIn: ([config = '{}']) => npmUrls(JSON.parse(config) as Record<string, unknown>),
  },
  pip: {
    commands: [
      ['python3', '-m', 'pip', 'config', 'list'],
      // The index and file hosts that are built into pip: printed by nothing else.
      [
        'python3',
        '-c',
        'from pip._internal.models.index import PyPI as p; print(p.simple_url, "https://" + p.file_storage_domain)',
      ],
    ],
    variables: [
      'PIP_INDEX_URL',
      'PIP_EXTRA_INDEX_URL',
      'PIP_FIND_LINKS',
      'PIP_CONFIG_FILE',
      'XDG_CONFIG_HOME',
    ],
    urlsIn: ([config = '', builtIn = '']) => pipUrls(config, builtIn),
  },
  apt: {
    // Not `indextargets`: that leaves out what no update has fetched yet.
    commands: [['apt-get', 'update', '--print-uris']],
    variables: ['APT_CONFIG'],
    urlsIn: ([uris = '']) => [...uris.matchAll(/^'([^']*)'/gm)].map(([, uri = '']) => uri),
  },
};

/**
 * Where the clients of these presets download from.
 * @throws BottleError `dependencyMissing` when a client is missing, fails, or is configured with nothing over http or https
 */
export async function readPresets(
  names: readonly PresetName[],
): Promise<ReadonlyMap<PresetName, readonly Endpoint[]>> {
  return new Map(await Promise.all(names.map(async (name) => [name, await readPreset(name)] as const)));
}

async function readPreset(name: PresetName): Promise<readonly Endpoint[]> {
  const preset = PRESETS[name];
  const outputs = await Promise.all(
    preset.commands.map(async (command) => await outputOf(name, command, preset.variables)),
  );
  const endpoints = endpointsIn(urlsIn(name, outputs));
  if (endpoints.length === 0) {
    throw presetError(name, 'the client is configured with nothing that is reached over http or https');
  }
  return endpoints;
}

function urlsIn(name: PresetName, outputs: readonly string[]): readonly string[] {
  try {
    return PRESETS[name].urlsIn(outputs);
  } catch (error) {
    throw presetError(name, reasonOf(error));
  }
}

async function outputOf(
  name: PresetName,
  [program, ...args]: Preset['commands'][number],
  variables: readonly string[],
): Promise<string> {
  const passed = variables.flatMap((variable) => {
    const value = hostVariable(variable);
    return value === undefined ? [] : [[variable, value] as const];
  });
  // In the root folder: in the project's, npm and python would read files that the project brings.
  const result = await run(program, args, { cwd: '/', env: Object.fromEntries(passed), timeoutMs: 20_000 });
  if (result.notFound) throw presetError(name, `${program} is not installed on this host`);
  if (result.exitCode !== 0) {
    const reason = result.timedOut ? 'did not end in time' : `failed: ${result.stderr.trim().slice(-200)}`;
    throw presetError(name, `\`${[program, ...args].join(' ')}\` ${reason}`);
  }
  return result.stdout;
}

const presetError = (name: PresetName, reason: string): BottleError =>
  new BottleError('dependencyMissing', `the preset ${name} cannot be read: ${reason}`, {
    fix: `install or configure ${name} on this host, or name the hosts in the manifest instead of the preset`,
  });

/** Each place once. User names and passwords in URLs are dropped here and go nowhere. */
export function endpointsIn(urls: readonly string[]): readonly Endpoint[] {
  const found = urls.flatMap((url) => {
    if (!URL.canParse(url)) return [];
    const { protocol, hostname, port } = new URL(url);
    const scheme = protocol === 'https:' ? 'https' : protocol === 'http:' ? 'http' : undefined;
    if (scheme === undefined || hostname === '') return [];
    const defaultPort = scheme === 'https' ? 443 : 80;
    return [
      { host: hostname.replaceAll(/^\[|\]$/g, ''), port: port === '' ? defaultPort : Number(port), scheme },
    ] as const;
  });
  return [...new Map(found.map((endpoint) => [JSON.stringify(endpoint), endpoint])).values()];
}

/** What a preset's client says of its configuration, read from where the preset reads it. @throws BottleError `dependencyMissing` */
export async function askClient(
  name: PresetName,
  command: readonly [program: string, ...args: string[]],
): Promise<string> {
  return await outputOf(name, command, PRESETS[name].variables);
}

function npmUrls(config: Readonly<Record<string, unknown>>): readonly string[] {
  // npm tells nobody a URL with a password in it; without this one the preset would silently be less than it says.
  if (typeof config['registry'] !== 'string') throw new Error('npm does not say what its registry is');
  return Object.entries(config).flatMap(([key, value]) =>
    /^(@.+:)?registry$/.test(key) && typeof value === 'string' ? [value] : [],
  );
}

/** pip's own index counts unless another one replaces it; `extra-index-url` only adds. */
export function pipUrls(config: string, builtIn: string): readonly string[] {
  const lines = config.split('\n');
  const urlsOf = (key: RegExp): string[] =>
    lines.filter((line) => key.test(line)).flatMap((line) => line.match(/https?:\/\/[^\s'"\\]+/g) ?? []);
  const indexes = urlsOf(/[.]index-url=/);
  const [ownIndex = '', ...ownFiles] = builtIn.trim().split(' ');
  const usesOwn = indexes.length === 0 || indexes.some((url) => sameHost(url, ownIndex));
  return [
    ...indexes,
    ...urlsOf(/[.](extra-index-url|find-links)=/),
    ...(usesOwn ? [ownIndex, ...ownFiles] : []),
  ];
}

const sameHost = (a: string, b: string): boolean =>
  URL.canParse(a) && URL.canParse(b) && new URL(a).host === new URL(b).host;
