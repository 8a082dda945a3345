/**
 * gVisor that somebody built from source says `VERSION_MISSING` (runsc/version/version.go): only its release builds set a version.
 * What it can do tells how old it may be at most.
 */

const UNSTAMPED = /\bVERSION_MISSING\b/;
const WITH_FEATURES = '(has `runsc features`)';
/** runsc/cmd/features.go of gVisor came in 2026: no build of an earlier year has the command. */
const FEATURES_SINCE = 'release-20260101.0';

/** Whether this is what a program built from source says of its version. */
export const isSourceBuild = (said: string): boolean => UNSTAMPED.test(said);

/** The first line of what it says, and whether `runsc features` printed the features of an OCI runtime, `printed`. Pure. */
export function withFeatures(said: string, printed: string): string {
  const [line = ''] = said.split('\n');
  return printed.includes('"ociVersionMax"') ? `${line} ${WITH_FEATURES}` : line;
}

/** The oldest release that this build may be of, by what `withFeatures` found; undefined: any. Pure. */
export const oldestPossible = (text: string): string | undefined =>
  text.includes(WITH_FEATURES) ? FEATURES_SINCE : undefined;
