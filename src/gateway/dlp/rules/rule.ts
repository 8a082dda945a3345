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
  /** What `dlp` calls it. Undefined: `pattern`. */
  readonly detector?: 'card_numbers' | 'iban';
  /** What the secret must be: it carries this checksum, or looks drawn by chance. */
  readonly check?: CheckName;
  /** What stands before the match and the match together must match this. Go's syntax. */
  readonly name?: string;
  /** Instead of keywords: so many letters and digits in a row, from and to. */
  readonly runs?: readonly [least: number, most: number];
  /** Where alone it is looked for. Undefined: everywhere. */
  readonly place?: 'head' | 'body';
  /** Right by what stands round it. Where findings are to be redacted and this one cannot be, it only warns. */
  readonly isLikely?: true;
  /** Hosts that gave the credential out, with their subdomains: there it is no leak. */
  readonly homes?: readonly string[];
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
