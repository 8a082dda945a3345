import { compileRules, type CompiledRule } from './compile.ts';
import type { RuleSet } from './rule.ts';
import { UPSTREAM_RULES } from './upstream.ts';

/** The rules that come with bot-bottle, as data. */
export function allPinnedRules(): RuleSet {
  return JSON.parse(UPSTREAM_RULES) as RuleSet;
}

/** The rules that come with bot-bottle. Parsed here, compiled when needed. */
export function pinnedRules(): CompiledRule[] {
  return compileRules(allPinnedRules());
}
