/** Why the policy refuses a request, where others have to tell one reason from another: what helps depends on it. */

/** Nothing is unclear about it. */
export const NAMED_BY_DENY = 'a deny rule names it';

export const NO_WEBSOCKETS = 'its rule does not allow WebSockets';

/** To a rule whose globs would match with a slash. */
export const ESCAPED_SLASH_ALONE =
  'its rule allows this path with a slash, and not with an escaped one (%2F), which servers read in two ways';

const OVERRIDDEN = 'it asks to be taken for another method or path than it shows';
const SECOND_PATH = 'a header names a second path, beside the one that is judged';
const CONTENT = 'content in a ';
const PATH = 'the path ';

/** The request may be another than it shows. */
export const unclear = {
  overridden: OVERRIDDEN,
  secondPath: SECOND_PATH,
  content: (method: string) => `${CONTENT}${method} can hide another request`,
  path: (refused: string) => `${PATH}${refused}`,
} as const;

/** Of a deny rule that may be about the request, or not. */
export const inDoubt = (why: string): string => `${why}, and a deny rule is about a part of its host`;

/** Of a rule that would lend an identity, where a wider one lends none. */
export const inDoubtOfIdentity = (why: string): string => `${why}, and a rule lends an identity there`;

/** Whether a rule with limits cannot be asked about the request, whatever its limits are. */
export const isUnclearRequest = (reason: string): boolean =>
  [OVERRIDDEN, SECOND_PATH, CONTENT, PATH].some((beginning) => reason.startsWith(beginning));
