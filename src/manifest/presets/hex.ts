import { withoutLogin, type Answer, type Preset } from './preset.ts';

/** Hex, for Elixir and Erlang. */
export const HEX: Preset = {
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
