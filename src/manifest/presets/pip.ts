import { withoutLogin, type Preset } from './preset.ts';

/** pip, and uv, which reads separate variables. */

/** The index and file hosts that are built into pip: no pip command prints them. */
const BUILT_IN =
  'from pip._internal.models.index import PyPI as p; print(p.simple_url, "https://" + p.file_storage_domain)';

export const PIP: Preset = {
  program: 'python3',
  variables: ['PIP_INDEX_URL', 'PIP_EXTRA_INDEX_URL', 'PIP_FIND_LINKS', 'PIP_CONFIG_FILE', 'XDG_CONFIG_HOME'],
  read: async (ask) => {
    const [config, builtIn] = await Promise.all([
      ask(['python3', '-m', 'pip', 'config', 'list']),
      ask(['python3', '-c', BUILT_IN]),
    ]);
    return { urls: pipUrls(config, builtIn), settings: () => ({ env: pipVariables(config) }) };
  },
  projectFiles: ['pyproject.toml', 'requirements.txt', 'setup.py', 'Pipfile'],
};

/**
 * Returns the URLs that pip uses. Includes pip's built-in index unless another index replaces it; `extra-index-url`
 * only adds. Pure.
 */
export function pipUrls(config: string, builtIn: string): readonly string[] {
  const lines = config.split('\n');
  const urlsWith = (key: RegExp): string[] =>
    lines.filter((line) => key.test(line)).flatMap((line) => line.match(/https?:\/\/[^\s'"\\]+/g) ?? []);
  const indexes = urlsWith(/[.]index-url=/);
  const [ownIndex = '', ...ownFiles] = builtIn.trim().split(' ');
  const usesOwn = indexes.length === 0 || indexes.some((url) => sameHost(url, ownIndex));
  return [
    ...indexes,
    ...urlsWith(/[.](extra-index-url|find-links)=/),
    ...(usesOwn ? [ownIndex, ...ownFiles] : []),
  ];
}

const sameHost = (a: string, b: string): boolean =>
  URL.canParse(a) && URL.canParse(b) && new URL(a).host === new URL(b).host;

/** Order of precedence if pip's configuration contains a setting several times: the first of these wins. */
const PLACES = [':env:', 'install', 'global'];

/** Parses the output of `pip config list`; empty if pip uses only its built-in index. Pure. */
export function pipVariables(configuration: string): Record<string, string> {
  const [index] = settingOf(configuration, 'index-url');
  const more = settingOf(configuration, 'extra-index-url').join(' ');
  return {
    ...(index === undefined ? {} : { PIP_INDEX_URL: index, UV_DEFAULT_INDEX: index }),
    ...(more === '' ? {} : { PIP_EXTRA_INDEX_URL: more, UV_INDEX: more }),
  };
}

function settingOf(configuration: string, key: string): readonly string[] {
  const lines = configuration.split('\n');
  const line = PLACES.map((place) => lines.find((one) => one.startsWith(`${place}.${key}=`))).find(Boolean);
  return (line?.match(/https?:\/\/[^\s'"\\]+/g) ?? []).flatMap(withoutLogin);
}
