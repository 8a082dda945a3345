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
