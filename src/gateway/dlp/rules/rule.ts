import type { CheckName } from './checks.ts';

/** A rule in gitleaks' format, as data: what of it concerns text that is sent. https://github.com/gitleaks/gitleaks#configuration */
export interface Rule {
  readonly id: string;
  /** Go's syntax. */
  readonly regex: string;
  /** Lower case; one of them must be there before the expression is tried. */
  readonly keywords: readonly string[];
  /** Bits per character that the secret must have more of. */
  readonly entropy?: number;
  /** Which group is the secret; without it, the first that can be (`groups.ts`) and is not empty, or all of the match. */
  readonly secretGroup?: number;
  readonly allowlists?: readonly Allowlist[];
  /** Right too seldom to block for. */
  readonly advisory?: true;
  /** The secret must carry this checksum. */
  readonly check?: CheckName;
}

/** What a rule is not meant for. */
export interface Allowlist {
  /** Expressions and words both, not one of them. */
  readonly isConjunction?: true;
  readonly target?: 'match' | 'line';
  readonly regexes?: readonly string[];
  /** Lower case. */
  readonly stopwords?: readonly string[];
}

export interface RuleSet {
  readonly rules: readonly Rule[];
  /** Of all rules. */
  readonly allowlists: readonly Allowlist[];
}
