import { describe, expect, test } from 'vitest';
import type { Policy, Rule } from '../gateway/config.ts';
import { decide } from '../gateway/policy/decide.ts';
import { repositoryEndpoints, wholeRepository, type ForgeEndpoint } from './github.ts';

const ruleOf = (endpoint: Omit<Rule, 'id' | 'opensTls'>): Rule => ({
  id: 'github',
  ...endpoint,
  opensTls: true,
});

const isAllowed = (policy: Policy, method: string, url: string): boolean => {
  const { host } = new URL(url);
  const path = url.slice(`https://${host}`.length);
  return decide(policy, { host, port: 443, scheme: 'https', method, path }).verdict === 'allow';
};

const allows = (rules: readonly ForgeEndpoint[], method: string, url: string): boolean =>
  isAllowed({ allow: rules.map(ruleOf), deny: [] }, method, url);

const READS = [
  ['GET', 'https://github.com/Acme/app.git/info/refs?service=git-upload-pack'],
  ['POST', 'https://github.com/Acme/app.git/git-upload-pack'],
  ['POST', 'https://github.com/Acme/app/git-upload-pack'],
  ['GET', 'https://github.com/acme/app/releases'],
  ['GET', 'https://github.com/Acme/app'],
  ['GET', 'https://api.github.com/repos/Acme/app'],
  ['GET', 'https://api.github.com/repos/Acme/app/contents/README.md'],
  ['GET', 'https://api.github.com/repos/acme/app/branches/feature%2Flogin'],
  ['GET', 'https://codeload.github.com/acme/app/tar.gz/main'],
  ['GET', 'https://raw.githubusercontent.com/Acme/app/main/README.md'],
] as const;

const API = 'https://api.github.com/repos/Acme/app';

/** Requests from GitHub's REST reference, as work in a repository uses them. */
const CHANGES = [
  ['POST', 'https://github.com/Acme/app.git/git-receive-pack'],
  ['POST', `${API}/issues`],
  ['PATCH', `${API}/issues/1`],
  ['POST', `${API}/issues/1/comments`],
  ['PATCH', `${API}/issues/comments/1`],
  ['DELETE', `${API}/issues/1/labels/kind%2Fbug`],
  ['POST', `${API}/issues/1/assignees`],
  ['POST', `${API}/pulls`],
  ['PATCH', `${API}/pulls/1`],
  ['PUT', `${API}/pulls/1/merge`],
  ['PUT', `${API}/pulls/1/update-branch`],
  ['POST', `${API}/pulls/1/comments`],
  ['POST', `${API}/pulls/1/comments/2/replies`],
  ['DELETE', `${API}/pulls/comments/2/reactions/3`],
  ['POST', `${API}/pulls/1/requested_reviewers`],
  ['PUT', `${API}/contents/src/main.ts`],
  ['DELETE', `${API}/contents/src/main.ts?sha=0&message=x`],
  ['POST', `${API}/git/blobs`],
  ['PATCH', `${API}/git/refs/heads/fix/one`],
  ['POST', `${API}/merges`],
  ['POST', `${API}/merge-upstream`],
  ['POST', `${API}/releases`],
  ['POST', `${API}/releases/generate-notes`],
  ['DELETE', `${API}/releases/assets/1`],
  ['POST', `${API}/labels`],
  ['PATCH', `${API}/milestones/1`],
  ['POST', `${API}/commits/0123abc/comments`],
  ['POST', `${API}/comments/1/reactions`],
  ['POST', 'https://uploads.github.com/repos/Acme/app/releases/1/assets?name=x'],
] as const;

/** Access rights, transfer, code that runs with the repository's secrets, settings, and consent of other people. */
const NEVER_WITH_PUSH = [
  ['PATCH', API],
  ['PATCH', `${API}/`],
  ['DELETE', API],
  ['POST', `${API}/transfer`],
  ['POST', `${API}/forks`],
  ['POST', `${API}/generate`],
  ['PUT', `${API}/topics`],
  ['PATCH', `${API}/properties/values`],
  ['PUT', `${API}/collaborators/evil`],
  ['PATCH', `${API}/invitations/1`],
  ['PUT', `${API}/interaction-limits`],
  ['POST', `${API}/keys`],
  ['POST', `${API}/hooks`],
  ['PATCH', `${API}/hooks/1/config`],
  ['POST', `${API}/autolinks`],
  ['PUT', `${API}/branches/main/protection`],
  ['DELETE', `${API}/branches/main/protection/required_status_checks`],
  ['POST', `${API}/branches/main/rename`],
  ['POST', `${API}/rulesets`],
  ['POST', `${API}/tags/protection`],
  ['PUT', `${API}/actions/secrets/X`],
  ['POST', `${API}/actions/variables`],
  ['PUT', `${API}/actions/permissions`],
  ['POST', `${API}/actions/workflows/ci.yml/dispatches`],
  ['POST', `${API}/actions/runs/1/approve`],
  ['POST', `${API}/actions/runs/1/rerun`],
  ['POST', `${API}/actions/runners/registration-token`],
  ['PUT', `${API}/dependabot/secrets/X`],
  ['POST', `${API}/codespaces`],
  ['POST', `${API}/pulls/1/codespaces`],
  ['POST', `${API}/pulls/1%2Fcodespaces`],
  ['POST', `${API}/pulls%2F1/codespaces`],
  ['PUT', `${API}/codespaces/secrets/X`],
  ['POST', `${API}/dispatches`],
  ['PUT', `${API}/environments/production`],
  ['POST', `${API}/deployments`],
  ['POST', `${API}/pages`],
  ['POST', `${API}/pages/deployments`],
  ['PUT', `${API}/immutable-releases`],
  ['PUT', `${API}/vulnerability-alerts`],
  ['PATCH', `${API}/secret-scanning/alerts/1`],
  ['PATCH', `${API}/code-scanning/alerts/1`],
  ['POST', `${API}/security-advisories`],
  ['POST', `${API}/attestations`],
  ['POST', `${API}/dependency-graph/snapshots`],
  ['PUT', `${API}/subscription`],
  ['PUT', `${API}/import`],
  ['PUT', `${API}/lfs`],
  ['POST', `${API}/pulls/1/reviews`],
  ['POST', `${API}/pulls/1/reviews/2/events`],
  ['PUT', `${API}/pulls/1/reviews/2/dismissals`],
  ['POST', `${API}/statuses/0123abc`],
  ['POST', `${API}/check-runs`],
  ['PATCH', `${API}/check-suites/preferences`],
  ['PATCH', `${API}/issues/../`],
  ['PATCH', `${API}/issues/..;/`],
  ['POST', 'https://uploads.github.com/repos/Acme/app/code-scanning/codeql/databases/go'],
  ['POST', 'https://github.com/Acme/app/settings'],
] as const;

const OTHERS = [
  ['GET', 'https://github.com/Acme/apple.git/info/refs'],
  ['POST', 'https://github.com/Acme/app2/git-upload-pack'],
  ['GET', 'https://github.com/acme2/app'],
  ['GET', 'https://api.github.com/user'],
  ['GET', 'https://api.github.com/repos/evil/app'],
  ['POST', 'https://api.github.com/repos/evil/app/issues'],
  ['POST', 'https://api.github.com/graphql'],
  ['POST', 'https://api.github.com/gists'],
  ['GET', 'https://github.com/Acme/app/../../evil/app'],
  ['GET', 'https://github.com/Acme/app%2f..%2f..%2fevil'],
  ['GET', 'https://api.github.com/repos/Acme%2Fapp/issues'],
  ['GET', 'https://api.github.com/repositories/1296269/issues?page=2'],
  ['GET', 'https://raw.githubusercontent.com/evil/app/main/x'],
] as const;

describe('a repository', () => {
  const reading = repositoryEndpoints('Acme/app', false);
  const pushing = repositoryEndpoints('Acme/app', true);

  test.each(READS)('a repository may be read: %s %s', (method, url) => {
    expect(allows(reading, method, url)).toBe(true);
    expect(allows(pushing, method, url)).toBe(true);
  });

  test.each(CHANGES)('a repository may be changed with push only: %s %s', (method, url) => {
    expect(allows(reading, method, url)).toBe(false);
    expect(allows(pushing, method, url)).toBe(true);
  });

  test.each(NEVER_WITH_PUSH)("a repository's rule does not cover, even with push: %s %s", (method, url) => {
    expect(allows(pushing, method, url)).toBe(false);
    expect(allows(repositoryEndpoints('Acme/*', true), method, url)).toBe(false);
  });

  test.each(OTHERS)("a repository's rule does not cover others' paths: %s %s", (method, url) =>
    expect(allows(pushing, method, url)).toBe(false),
  );
});

test('the rule of an owner covers all of that owner and nobody else', () => {
  const rules = repositoryEndpoints('acme/*', true);
  expect(allows(rules, 'POST', 'https://github.com/acme/other.git/git-upload-pack')).toBe(true);
  expect(allows(rules, 'GET', 'https://api.github.com/repos/acme/other/pulls')).toBe(true);
  expect(allows(rules, 'POST', 'https://api.github.com/repos/acme/other/pulls')).toBe(true);
  expect(allows(rules, 'GET', 'https://github.com/evil/acme')).toBe(false);
  expect(allows(rules, 'POST', 'https://api.github.com/repos/evil/acme/issues')).toBe(false);
});

/** URLs that GitHub serves for another spelling of a repository, or for a neighbour of its name. */
const OTHER_SPELLINGS = [
  'https://github.com/Acme/app.wiki.git/info/refs?service=git-upload-pack',
  'https://github.com/Acme/app.wiki.git/git-upload-pack',
  'https://github.com/Acme/app.wiki/info/refs',
  'https://github.com/ACME/App/tree/main',
  'https://github.com/raw/Acme/app/main/x',
  'https://github.com/raw/wiki/Acme/app/Home.md',
  'https://api.github.com/repos/Acme/app.git/contents/x',
  'https://api.github.com/repos/acme/APP.git',
  'https://api.github.com/repos/acme%2FAPP/issues',
  'https://api.github.com/repos%2Facme%2fapp.git%2Fissues',
  'https://api.github.com/networks/Acme/app/events',
  'https://api.github.com/teams/1/repos/Acme/app',
  'https://api.github.com/orgs/acme/teams/evil/repos/Acme/app',
  'https://codeload.github.com/Acme/app.git/zip/main',
  'https://codeload.github.com/Acme/app.wiki/zip/master',
  'https://raw.githubusercontent.com/Acme/app.git/main/x',
  'https://raw.githubusercontent.com/wiki/Acme/app/Home.md',
  'https://media.githubusercontent.com/media/Acme/app/main/x.bin',
  'https://patch-diff.githubusercontent.com/raw/Acme/app/pull/1.patch',
  'https://uploads.github.com/repos/Acme/app.git/releases/1/assets',
] as const;

/** URLs that do not name their repository: a deny rule matches them all. */
const OF_UNTOLD_REPOSITORIES = [
  'https://api.github.com/repositories/1296269/contents/x',
  'https://api.github.com/repositories',
  'https://api.github.com/graphql',
  'https://api.github.com/GraphQL/',
  'https://api.github.com/search/code?q=repo:Acme/app+key',
  'https://uploads.github.com/repositories/1296269/releases/1/assets',
  'https://github.com/search?q=repo:Acme/app+key&type=code',
  'https://github.com/search/advanced',
  'https://github.com/_graphql?body=x',
] as const;

const NEIGHBOURS = [
  'https://github.com/Acme/apple.git/info/refs',
  'https://github.com/Acme/app.js/info/refs',
  'https://github.com/evil/app',
  'https://github.com/evil/search',
  'https://github.com/searching/app',
  'https://github.com/raw/Acme/apple/main/x',
  'https://api.github.com/repos/Acme/app2',
  'https://api.github.com/networks/evil/app/events',
  'https://api.github.com/user',
  'https://api.github.com/repos/evil/app/branches/feature%2Flogin',
  'https://api.github.com/repos/evil%2Facme/app',
  'https://codeload.github.com/Acme/other/zip/main',
  'https://raw.githubusercontent.com/wiki/Acme/other/Home.md',
] as const;

describe('to be denied', () => {
  const hosts = [...READS, ...CHANGES].map(([, url]) => url);
  const hostOf = (url: string): string => new URL(url).host;
  const all = [...hosts, ...OTHER_SPELLINGS, ...OF_UNTOLD_REPOSITORIES, ...NEIGHBOURS];
  /** Allows whole hosts and denies the repository. */
  const policy: Policy = {
    allow: [...new Set(all.map(hostOf))].map((host) => ruleOf({ host, port: 443, scheme: 'https' })),
    deny: wholeRepository('Acme/app').map(ruleOf),
  };

  test.each([...hosts, ...OTHER_SPELLINGS, ...OF_UNTOLD_REPOSITORIES])(
    'a denied repository is denied with any method: %s',
    (url) => {
      for (const method of ['GET', 'POST', 'PATCH']) expect(isAllowed(policy, method, url)).toBe(false);
    },
  );

  test.each(NEIGHBOURS)("a denied repository does not deny others' paths: %s", (url) =>
    expect(isAllowed(policy, 'GET', url)).toBe(true),
  );

  test('a denied repository has each glob once, because they match any case', () => {
    for (const { paths } of wholeRepository('Acme/app')) {
      const inSmall = paths.map((path) => path.toLowerCase());
      expect(new Set(inSmall).size).toBe(inSmall.length);
    }
  });

  test("a denied repository is denied beside its owner's, with the wiki", () => {
    const owners: Policy = { ...policy, allow: repositoryEndpoints('Acme/*', true).map(ruleOf) };
    const wiki = (name: string): string => `https://github.com/Acme/${name}.wiki.git/git-upload-pack`;
    expect(isAllowed(owners, 'POST', wiki('app'))).toBe(false);
    expect(isAllowed(owners, 'POST', wiki('other'))).toBe(true);
  });

  test('a denied owner is denied entirely', () => {
    const owners: Policy = { ...policy, deny: wholeRepository('Acme/*').map(ruleOf) };
    for (const url of [...hosts, ...OTHER_SPELLINGS]) expect(isAllowed(owners, 'GET', url)).toBe(false);
    expect(isAllowed(owners, 'GET', 'https://github.com/evil/app')).toBe(true);
  });
});

test.each([...OTHER_SPELLINGS, ...OF_UNTOLD_REPOSITORIES])(
  'a denied and an allowed repository are denied and not allowed: %s',
  (url) => {
    const rules = repositoryEndpoints('Acme/app', true);
    for (const method of ['GET', 'POST']) expect(allows(rules, method, url)).toBe(false);
  },
);
