import type { CheckName } from './checks.ts';

/**
 * A rule in gitleaks' format, as data, without the parts that do not concern sent text.
 * https://github.com/gitleaks/gitleaks#configuration
 */
export interface Rule {
  readonly id: string;
  /** Go's syntax. */
  readonly regex: string;
  /** In lower case. The text must contain one of them before the expression is tried. */
  readonly keywords: readonly string[];
  /** The secret must have more bits of entropy per character than this. */
  readonly entropy?: number;
  /**
   * The group that is the secret. Without it: the first possible group (`groups.ts`) that is not empty, or the whole
   * match.
   */
  readonly secretGroup?: number;
  readonly allowlists?: readonly Allowlist[];
  /** The rule has too many false positives to block for it. */
  readonly advisory?: true;
  /** The name of its detector in `dlp`. Undefined: `pattern`. */
  readonly detector?: 'card_numbers' | 'iban';
  /** The secret must pass this check: it has a valid checksum, or looks random. */
  readonly check?: CheckName;
  /** The name before the match, together with the match, must match this. Go's syntax. */
  readonly name?: string;
  /** Instead of keywords: the least and the most letters and digits in a row. */
  readonly runs?: readonly [least: number, most: number];
  /** Limits the rule to heads or to bodies. Undefined: everywhere. */
  readonly place?: 'head' | 'body';
  /** The text around it makes it likely. Under `redact`, such a finding only warns if it cannot be redacted. */
  readonly isLikely?: true;
  /** Hosts that issue the credential, with their subdomains: sending it to them is no leak. */
  readonly homes?: readonly string[];
}

/** Matches that a rule must ignore. */
export interface Allowlist {
  /** Both expressions and words must match, not one of them. */
  readonly isConjunction?: true;
  readonly target?: 'match' | 'line';
  readonly regexes?: readonly string[];
  /** In lower case. */
  readonly stopwords?: readonly string[];
}

export interface RuleSet {
  readonly rules: readonly Rule[];
  /** Apply to all rules. */
  readonly allowlists: readonly Allowlist[];
}
