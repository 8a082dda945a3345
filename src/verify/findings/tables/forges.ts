import type { Attack } from '../reach.ts';
import { parse } from './drops.ts';

/** Requests that reach anybody's repository on a forge: `METHOD host/path`, `%` for the attacker's account. */

const attacks = (lines: string): readonly Attack[] =>
  lines
    .trim()
    .split('\n')
    .map((line) => parse(line.trim()));

/** Sources: gitprotocol-http for git, each forge's REST API for the rest. */
export const FORGE_WRITES = attacks(`
  POST github.com/%/x.git/git-receive-pack
  POST api.github.com/repos/%/x/issues
  PUT api.github.com/repos/%/x/contents/x
  POST api.github.com/graphql
  POST uploads.github.com/repos/%/x/releases/1/assets
  POST gitlab.com/%/x.git/git-receive-pack
  POST gitlab.com/api/v4/projects
  POST bitbucket.org/%/x/git-receive-pack
  POST api.bitbucket.org/2.0/repositories/%/x/issues
  POST codeberg.org/%/x.git/git-receive-pack
  POST codeberg.org/api/v1/repos/%/x/issues
`);

export const FORGE_READS = attacks(`
  GET github.com/%/x.git/info/refs
  GET api.github.com/repos/%/x/contents/x
  GET raw.githubusercontent.com/%/x/main/x
  GET codeload.github.com/%/x/zip/main
  GET gitlab.com/%/x.git/info/refs
  GET bitbucket.org/%/x/info/refs
  GET codeberg.org/%/x.git/info/refs
`);

/** Matches the end of a path that receives a push. */
export const RECEIVES_PUSH = /\/git-receive-pack$/;
