/**
 * gVisor built from source reports `VERSION_MISSING` (runsc/version/version.go): only its release builds set a version.
 * Its features show how old it can be at most.
 */

const UNSTAMPED = /\bVERSION_MISSING\b/;
const WITH_FEATURES = '(has `runsc features`)';
/** gVisor added runsc/cmd/features.go in 2026: no earlier build has the command. */
const FEATURES_SINCE = 'release-20260101.0';

/** Returns whether this is the version text of a program built from source. */
export const isSourceBuild = (said: string): boolean => UNSTAMPED.test(said);

/**
 * Returns the first line of the version text, with a mark if `runsc features` printed the features of an OCI runtime
 * (`printed`). Pure.
 */
export function withFeatures(said: string, printed: string): string {
  const [line = ''] = said.split('\n');
  return printed.includes('"ociVersionMax"') ? `${line} ${WITH_FEATURES}` : line;
}

/**
 * Returns the oldest release that this build may have, from the text of `withFeatures`; undefined if it may be any.
 * Pure.
 */
export const oldestPossible = (text: string): string | undefined =>
  text.includes(WITH_FEATURES) ? FEATURES_SINCE : undefined;
