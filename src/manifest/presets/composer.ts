import { isMap } from '../text/data.ts';
import { withoutLogin, type Answer, type Preset } from './preset.ts';

/**
 * Composer: the repositories in its own home folder. Each package names the place of its archive, mostly on a forge.
 */
export const COMPOSER: Preset = {
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
