import { withoutLogin, type Answer, type Ask, type Preset } from './preset.ts';

/**
 * Deno: packages of JSR and npm. No command prints their places. So bot-bottle makes Deno request a package without a
 * network, and reads the URL from its error.
 */
export const DENO: Preset = {
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
