/**
 * A repository on GitHub as rules: what cloning, pulling and reading its API take, and no address of anybody else's. Content of others
 * comes by its own addresses all the same: GitHub keeps the objects of a repository and of its forks together, and serves a
 * fork's commit to whoever names its hash (`/%/HASH/x`) or the fork (`compare/main...evil:main`). No path tells that.
 */

/** A place, methods and paths, that a rule may be made of. */
export interface ForgeEndpoint {
  readonly host: string;
  readonly port: 443;
  readonly scheme: 'https';
  readonly methods?: readonly string[];
  readonly paths: readonly string[];
}

interface ForgePart {
  readonly host: string;
  readonly methods: readonly string[];
  /** `%` stands for `owner/name`. */
  readonly paths: readonly string[];
  /** Changes something there: with `push: true` only. What it takes to govern the repository is in no part. */
  readonly changes?: true;
}

const READ = ['GET', 'HEAD'] as const;

/**
 * What work in a repository changes by GitHub's REST API: its content, and what is said about it. Whatever is not listed is left
 * out: who may get at the repository, where it goes, what runs with its secrets, its settings, and the repository itself
 * (`PATCH` and `DELETE /repos/%`). So is what the protection of a branch takes for the consent of others: reviews, which may
 * approve or dismiss, and the verdicts of CI (statuses, checks).
 */
const WORK = [
  'issues/**',
  // Not all below it: a codespace of a pull request runs with the secrets of whoever opens it.
  'pulls',
  'pulls/*',
  'pulls/*/comments/**',
  'pulls/*/merge',
  'pulls/*/requested_reviewers',
  'pulls/*/update-branch',
  'pulls/comments/**',
  'comments/**',
  'commits/*/comments',
  'labels/**',
  'milestones/**',
  'contents/**',
  'git/**',
  'merges',
  'merge-upstream',
  'releases/**',
] as const;

/**
 * The smart HTTP protocol of git (gitprotocol-http), GitHub's REST API, and the hosts of archives and of files as they are.
 * Not here, because their addresses do not say whose repository it is: GraphQL, release assets, LFS objects, and what goes by the number of
 * a repository, as do links to the next page of a list.
 */
const PARTS: readonly ForgePart[] = [
  { host: 'github.com', methods: READ, paths: ['/%/**', '/%.git/**'] },
  { host: 'github.com', methods: ['POST'], paths: ['/%/git-upload-pack', '/%.git/git-upload-pack'] },
  { host: 'api.github.com', methods: READ, paths: ['/repos/%/**'] },
  { host: 'codeload.github.com', methods: READ, paths: ['/%/**'] },
  { host: 'raw.githubusercontent.com', methods: READ, paths: ['/%/**'] },
  {
    host: 'github.com',
    methods: ['POST'],
    paths: ['/%/git-receive-pack', '/%.git/git-receive-pack'],
    changes: true,
  },
  {
    host: 'api.github.com',
    methods: ['POST', 'PATCH', 'PUT', 'DELETE'],
    paths: WORK.map((part) => `/repos/%/${part}`),
    changes: true,
  },
  { host: 'uploads.github.com', methods: ['POST'], paths: ['/repos/%/releases/*/assets'], changes: true },
];

/** What may be reached of a repository, `owner/name` or `owner/*`; with `push` also what work in it changes. */
export const repositoryEndpoints = (repository: string, push: boolean): readonly ForgeEndpoint[] =>
  PARTS.filter(({ changes }) => push || changes !== true).map(({ host, methods, paths }) => ({
    ...placeOf(host),
    methods,
    paths: spellingsOf(repository, paths),
  }));

/**
 * What a deny rule takes away, by host: `%` stands for the repository. A deny is in doubt wider than an allow, which stays exact: it
 * has the wiki, which is a repository of its own, and the places that serve the same under another address. And it has what does not say which repository it is about, since that may be this one: whatever goes by the number of
 * a repository, GraphQL and search, which name it in their content or query.
 */
const DENIED: Readonly<Record<string, readonly string[]>> = {
  'github.com': ['/%', '/raw/%', '/raw/wiki/%', '/search', '/_graphql'],
  'api.github.com': [
    '/repos/%',
    '/networks/%',
    '/teams/*/repos/%',
    '/orgs/*/teams/*/repos/%',
    '/organizations/*/team/*/repos/%',
    '/repositories',
    '/graphql',
    '/search',
  ],
  'uploads.github.com': ['/repos/%', '/repositories'],
  'codeload.github.com': ['/%'],
  'raw.githubusercontent.com': ['/%', '/wiki/%'],
  'media.githubusercontent.com': ['/media/%'],
  'patch-diff.githubusercontent.com': ['/raw/%'],
};

/** GitHub serves a repository with `.git` at its end too, and its wiki beside it. */
const ENDINGS = ['', '.git', '.wiki', '.wiki.git'] as const;

/** All of a repository, to deny it: every method, and one rule for each host. Paths of deny rules match any case by themselves. */
export const wholeRepository = (repository: string): readonly ForgeEndpoint[] =>
  Object.entries(DENIED).map(([host, prefixes]) => ({
    ...placeOf(host),
    paths: prefixes.flatMap((prefix) => {
      const named = prefix.replace('%', () => repository);
      return named === prefix ? [`${prefix}/**`] : ENDINGS.map((ending) => `${named}${ending}/**`);
    }),
  }));

const placeOf = (host: string): Pick<ForgeEndpoint, 'host' | 'port' | 'scheme'> => ({
  host,
  port: 443,
  scheme: 'https',
});

/**
 * GitHub takes any case for the same repository, and its API answers with links in the owner's own. Paths of allow rules are
 * matched exactly: the repository as it is written here, and in small letters, may be asked for; deny rules match any case.
 */
function spellingsOf(repository: string, paths: readonly string[]): readonly string[] {
  const spellings = [...new Set([repository, repository.toLowerCase()])];
  const all = spellings.flatMap((spelling) => paths.map((path) => path.replace('%', () => spelling)));
  return [...new Set(all)];
}
