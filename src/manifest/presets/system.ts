import type { Preset } from './preset.ts';

/** Package clients of Linux distributions. */

/** `debian` is another name for it. */
export const APT: Preset = {
  program: 'apt-get',
  variables: ['APT_CONFIG'],
  // Not `indextargets`: that omits everything that no update has fetched yet.
  read: async (ask) => ({ urls: aptUrls(await ask(['apt-get', 'update', '--print-uris'])) }),
  projectFiles: [],
};

/** Parses the output of `apt-get update --print-uris`. Pure. */
export const aptUrls = (uris: string): readonly string[] =>
  [...uris.matchAll(/^'([^']*)'/gm)].map(([, uri = '']) => uri);

export const APK: Preset = {
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
