import { compileRules, type CompiledRule } from './compile.ts';
import { NAMED_RULES } from './named.ts';
import { NUMBER_RULES } from './numbers.ts';
import { OWN_FORMS } from './own-forms.ts';
import { OWN_RULES } from './own.ts';
import { OWN_TOKENS } from './own-tokens.ts';
import type { RuleSet } from './rule.ts';
import { UPSTREAM_RULES } from './upstream.ts';

/** Returns the rules that come with bot-bottle, as data: upstream's and our own. */
export function allPinnedRules(): RuleSet {
  const { rules, allowlists } = JSON.parse(UPSTREAM_RULES) as RuleSet;
  return {
    rules: [...rules, ...OWN_RULES, ...OWN_TOKENS, ...OWN_FORMS, ...NAMED_RULES, ...NUMBER_RULES],
    allowlists,
  };
}

/** Returns the rules that come with bot-bottle. Parses them now, and compiles each when needed. */
export function pinnedRules(): CompiledRule[] {
  return compileRules(allPinnedRules());
}
