/** Reasons for refusals, where other code has to distinguish them, because the next step depends on the reason. */

/** A deny rule matches, and the request is clear. */
export const NAMED_BY_DENY = 'a deny rule names it';

export const NO_WEBSOCKETS = 'its rule does not allow WebSockets';

/** The rule's globs would match with a slash. */
export const ESCAPED_SLASH_ALONE =
  'its rule allows this path with a slash, and not with an escaped one (%2F), which servers read in two ways';

const OVERRIDDEN = 'it asks the server to use another method or path than it shows';
const SECOND_PATH = 'a header names a second path besides the judged one';
const CONTENT = 'content in a ';
const PATH = 'the path ';

/** Reasons why the request may not be what it shows. */
export const unclear = {
  overridden: OVERRIDDEN,
  secondPath: SECOND_PATH,
  content: (method: string) => `${CONTENT}${method} can hide another request`,
  path: (refused: string) => `${PATH}${refused}`,
} as const;

/** Returns the reason of a deny rule that may be about the request. */
export const inDoubt = (why: string): string => `${why}, and a deny rule is about a part of its host`;

/** Returns the reason of a rule that would lend an identity, where a wider rule lends none. */
export const inDoubtOfIdentity = (why: string): string => `${why}, and a rule lends an identity there`;

/** Returns whether no rule with limits can judge the request, whatever its limits. */
export const isUnclearRequest = (reason: string): boolean =>
  [OVERRIDDEN, SECOND_PATH, CONTENT, PATH].some((beginning) => reason.startsWith(beginning));
