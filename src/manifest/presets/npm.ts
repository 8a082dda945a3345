import { withoutLogin, type Answer, type Preset } from './preset.ts';

/** npm and the clients that read its configuration. */

export const NPM: Preset = {
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

/** From `npm config list --json`. Pure. @throws Error where npm keeps its registry to itself */
export function npmAnswer(output: string): Answer {
  const config = JSON.parse(output) as Readonly<Record<string, unknown>>;
  const { registry } = config;
  // npm tells nobody a URL with a password in it; without this one the preset would silently be less than it says.
  if (typeof registry !== 'string') throw new Error('npm does not say what its registry is');
  const urls = Object.entries(config).flatMap(([key, value]) =>
    /^(@.+:)?registry$/.test(key) && typeof value === 'string' ? [value] : [],
  );
  return { urls, settings: () => ({ env: npmVariables(registry) }) };
}

/**
 * For npm, pnpm and Bun; Yarn reads a variable of its own from version 2 on. `YARN_REGISTRY` of version 1 is not set: version 2 fails
 * where it is. Older versions of npm print a password too. Pure.
 */
function npmVariables(registry: string): Record<string, string> {
  const [url] = withoutLogin(registry);
  return url === undefined ? {} : { NPM_CONFIG_REGISTRY: url, YARN_NPM_REGISTRY_SERVER: url };
}
