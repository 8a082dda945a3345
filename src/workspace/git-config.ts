/** The configuration of the repository that goes into a bottle: what git needs to read it, and nothing that runs or tells. Pure. */

/** Keys that are taken over as they are. All others stay out: hooks, filters, drivers, helpers, includes, tokens. */
const TAKEN_KEYS = [
  /^core\.(repositoryformatversion|filemode|ignorecase|precomposeunicode|symlinks|autocrlf|eol|safecrlf)$/,
  /^extensions\.(objectformat|refstorage|partialclone)$/,
  /^user\.(name|email)$/,
  /^(init\.defaultbranch|pull\.rebase|push\.default)$/,
  /^branch\..+\.(remote|merge|rebase)$/,
  /^remote\..+\.(fetch|promisor|partialclonefilter)$/,
];
const REMOTE_URL = /^remote\..+\.url$/;

export type Setting = readonly [key: string, value: string];

/** The settings that go into the bottle, in their order. */
export function settingsForBottle(settings: readonly Setting[]): Setting[] {
  return [
    ['core.bare', 'false'],
    ...settings.flatMap(([key, value]): Setting[] => {
      if (TAKEN_KEYS.some((taken) => taken.test(key))) return [[key, value]];
      const url = REMOTE_URL.test(key) ? remoteUrlForBottle(value) : undefined;
      return url === undefined ? [] : [[key, url]];
    }),
  ];
}

/** `user@host:path`, as scp(1) writes it; no `://`, and no `::` of a remote helper. */
const SCP_LIKE = /^[\w.-]+@[\w.-]+:(?!:)[^\s]+$/;

/** A remote's address without what could log in with it; undefined for folders of this host and for helpers. */
export function remoteUrlForBottle(value: string): string | undefined {
  if (SCP_LIKE.test(value)) return value;
  if (!URL.canParse(value)) return undefined;
  const url = new URL(value);
  if (!['https:', 'http:', 'ssh:', 'git:'].includes(url.protocol)) return undefined;
  url.password = '';
  if (url.protocol !== 'ssh:') url.username = ''; // tokens are often given as the user
  url.search = '';
  url.hash = '';
  return url.href;
}

/** The text of a configuration file: see git-config(1), "Syntax". */
export function configText(settings: readonly Setting[]): string {
  return settings
    .map(([key, value]) => `${sectionHeader(key)}\n\t${nameOf(key)} = ${quote(value)}\n`)
    .join('');
}

const nameOf = (key: string): string => key.slice(key.lastIndexOf('.') + 1);

function sectionHeader(key: string): string {
  const [first, last] = [key.indexOf('.'), key.lastIndexOf('.')];
  const section = key.slice(0, first);
  return first === last ? `[${section}]` : `[${section} ${quoteSubsection(key.slice(first + 1, last))}]`;
}

const quoteSubsection = (name: string): string => `"${name.replaceAll(/["\\]/g, String.raw`\$&`)}"`;

const quote = (value: string): string =>
  `"${value
    .replaceAll(/["\\]/g, String.raw`\$&`)
    .replaceAll('\n', String.raw`\n`)
    .replaceAll('\t', String.raw`\t`)}"`;
