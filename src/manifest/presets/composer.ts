import { isMap } from '../text/data.ts';
import { withoutLogin, type Answer, type Preset } from './preset.ts';

/** Composer: the repositories of its own home. Archives of packages lie where each package says, mostly on a forge. */
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

/** From `composer config --global repositories`; a repository that is switched off is `false`. Pure. */
export function composerAnswer(output: string): Answer {
  const repositories = Object.entries(JSON.parse(output) as Readonly<Record<string, unknown>>);
  const urls = repositories.flatMap(([, one]) => urlOf(one) ?? []);
  // By the same names: Composer's own registry is among them, or switched off by its name.
  const kept = repositories.flatMap(([name, one]): (readonly [string, unknown])[] => {
    if (one === false) return [[name, false]];
    // In a list, a repository that is switched off is a map with its name alone.
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

/** Of a repository of Composer's own kind. */
const urlOf = (repository: unknown): readonly string[] | undefined =>
  isMap(repository) && repository['type'] === 'composer' && typeof repository['url'] === 'string'
    ? [repository['url']]
    : undefined;
