/**
 * Filters the configuration of a repository that goes into a bottle: keeps what git needs to read it, and nothing that
 * runs programs or reveals secrets. Pure.
 */

/** A boolean as git-config(1) writes it; a key without a value is true. */
const SWITCH = /^(true|false|yes|no|on|off|0|1|)$/i;
/** A word of a fixed set, a number, or a version. */
const WORD = /^[a-z0-9-]{1,24}$/i;
/** A reference or a refspec. Neither may contain a blank or an address: git-check-ref-format(1), git-fetch(1). */
const REFSPEC = /^[+^]?(?:HEAD|refs\/[^\s:~^?[\\@]*)(?::(?:refs\/[^\s:~^?[\\@]*)?)?$/;
/** A person's name. A token has no blanks, and is longer. */
const NAME = /^(?=.{1,120}$)(?!\S{32,}$)[^\p{Cc}<>]+$/u;
const EMAIL = /^[^\s@<>:/]{1,64}@[^\s@<>:/]{1,190}$/;

/**
 * Keys that go into the bottle, with the values they may have. All others stay out: hooks, filters, drivers, helpers,
 * includes, tokens.
 */
const TAKEN: readonly { readonly key: RegExp; readonly value: RegExp }[] = [
  { key: /^core\.(filemode|ignorecase|precomposeunicode|symlinks)$/, value: SWITCH },
  { key: /^core\.(repositoryformatversion|autocrlf|eol|safecrlf)$/, value: WORD },
  { key: /^extensions\.(objectformat|refstorage)$/, value: WORD },
  { key: /^extensions\.partialclone$/, value: /^[\w./-]{1,64}$/ },
  { key: /^user\.name$/, value: NAME },
  { key: /^user\.email$/, value: EMAIL },
  { key: /^init\.defaultbranch$/, value: /^[^\s:~^?*[\\@]{1,200}$/ },
  { key: /^(pull\.rebase|push\.default)$/, value: WORD },
  { key: /^branch\..+\.merge$/, value: REFSPEC },
  { key: /^branch\..+\.rebase$/, value: WORD },
  { key: /^remote\..+\.fetch$/, value: REFSPEC },
  { key: /^remote\..+\.promisor$/, value: SWITCH },
  { key: /^remote\..+\.partialclonefilter$/, value: /^[a-z]+(:[a-z0-9=,+]+)*$/ },
];
const REMOTE_URL = /^remote\..+\.url$/;
/** Where a branch comes from: the name of a remote, or an address: git-config(1), "branch.<name>.remote". */
const BRANCH_REMOTE = /^branch\..+\.remote$/;
/** The name of a remote or a branch, as part of a key. An address with credentials could stand there too. */
const PLAIN_NAME = /^[^\s:~^?*[\\@\p{Cc}]{1,250}$/u;

export type Setting = readonly [key: string, value: string];

/** Returns the settings that go into the bottle, in their order. */
export function settingsForBottle(settings: readonly Setting[]): Setting[] {
  return [
    ['core.bare', 'false'],
    ...settings.flatMap((setting): Setting[] => {
      const value = hasPlainName(setting[0]) ? valueForBottle(setting) : undefined;
      return value === undefined ? [] : [[setting[0], value]];
    }),
  ];
}

function hasPlainName(key: string): boolean {
  const [first, last] = [key.indexOf('.'), key.lastIndexOf('.')];
  return first === last || PLAIN_NAME.test(key.slice(first + 1, last));
}

function valueForBottle([key, value]: Setting): string | undefined {
  if (REMOTE_URL.test(key)) return remoteUrlForBottle(value);
  if (BRANCH_REMOTE.test(key)) return PLAIN_NAME.test(value) ? value : remoteUrlForBottle(value);
  return TAKEN.some((taken) => taken.key.test(key) && taken.value.test(value)) ? value : undefined;
}

/**
 * `user@host:path`, as scp(1) writes it; no `://`, and no `::` of a remote helper. A token is longer than such a user.
 */
const SCP_LIKE = /^[a-z_][a-z0-9_-]{0,15}@[\w.-]+:(?!:)[^\s]+$/i;
const SSH_USER = /^[a-z_][a-z0-9_-]{0,15}$/i;
/** Part of a path that may be a token: letters and digits without a break, longer than usual names. */
const LIKE_TOKEN = /(?=[\w-]*\d)(?=[\w-]*[a-z])[\w-]{28,}/i;

/**
 * Returns a remote's address without credentials. Undefined for folders of this host, for helpers, and if a part of the
 * path may be a token.
 */
export function remoteUrlForBottle(value: string): string | undefined {
  if (SCP_LIKE.test(value)) return LIKE_TOKEN.test(value.slice(value.indexOf(':'))) ? undefined : value;
  if (!URL.canParse(value)) return undefined;
  const url = new URL(value);
  if (!['https:', 'http:', 'ssh:', 'git:'].includes(url.protocol) || LIKE_TOKEN.test(url.pathname))
    return undefined;
  url.password = '';
  // Users often give a token as the user name.
  if (url.protocol !== 'ssh:' || !SSH_USER.test(url.username)) url.username = '';
  url.search = '';
  url.hash = '';
  return url.href;
}

/** Returns the text of a configuration file: see git-config(1), "Syntax". */
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
