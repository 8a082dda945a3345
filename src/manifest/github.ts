/**
 * Turns a GitHub repository into rules: exactly the addresses for cloning, pulling and reading its API. Content of
 * other people can still arrive through these addresses. GitHub stores the objects of a repository and its forks
 * together, and serves a fork's commit to any client that names its hash (`/%/HASH/x`) or the fork
 * (`compare/main...evil:main`). The path does not show this.
 */

/** An endpoint with methods and paths, as the basis of a rule. */
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
  /** Changes the repository: only with `push: true`. No part contains requests that govern the repository. */
  readonly changes?: true;
}

const READ = ['GET', 'HEAD'] as const;

/**
 * The parts of GitHub's REST API that work in a repository changes: its content and the discussion of it. Everything
 * else is left out: access rights, transfer, code that runs with the repository's secrets, settings, and the repository
 * itself (`PATCH` and `DELETE /repos/%`). Also left out is everything that branch protection accepts as the consent of
 * other people: reviews, which can approve or dismiss, and the verdicts of CI (statuses, checks).
 */
const WORK = [
  'issues/**',
  // Not `pulls/**`: a codespace of a pull request runs with the secrets of the user who opens it.
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
 * The smart HTTP protocol of git (gitprotocol-http), GitHub's REST API, and the hosts of archives and raw files. Left
 * out, because their addresses do not name the repository: GraphQL, release assets, LFS objects, and addresses with a
 * repository's number, which links to the next page of a list use.
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

/** Returns the endpoints of a repository, `owner/name` or `owner/*`; with `push` also those that work in it changes. */
export const repositoryEndpoints = (repository: string, push: boolean): readonly ForgeEndpoint[] =>
  PARTS.filter(({ changes }) => push || changes !== true).map(({ host, methods, paths }) => ({
    ...placeOf(host),
    methods,
    paths: spellingsOf(repository, paths),
  }));

/**
 * The paths that a deny rule blocks, by host; `%` stands for the repository. An allow rule is exact; a deny rule is too
 * wide rather than too narrow. It includes the wiki, which is a separate repository, and the places that serve the same
 * content under another address. It also includes requests that do not name their repository, since they may be about
 * this one: addresses with a repository's number, GraphQL and search, which name it in their content or query.
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

/** GitHub also serves a repository under its name with `.git`, and its wiki beside it. */
const ENDINGS = ['', '.git', '.wiki', '.wiki.git'] as const;

/**
 * Returns all endpoints of a repository, for a deny rule: every method, and one rule per host. Paths of deny rules
 * match any case.
 */
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
 * GitHub accepts any case for the same repository, and its API returns links in the owner's spelling. Paths of allow
 * rules match exactly, so a bottle can use the repository's name as written here or in lower case; deny rules match any
 * case.
 */
function spellingsOf(repository: string, paths: readonly string[]): readonly string[] {
  const spellings = [...new Set([repository, repository.toLowerCase()])];
  const all = spellings.flatMap((spelling) => paths.map((path) => path.replace('%', () => spelling)));
  return [...new Set(all)];
}
