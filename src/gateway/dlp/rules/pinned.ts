import { compileRules, type CompiledRule } from './compile.ts';
import { GITLEAKS } from './gitleaks.ts';
import type { RuleSet } from './rule.ts';

/** The rules that come with bot-bottle. Parsed here, compiled when needed. */
export function pinnedRules(): CompiledRule[] {
  return compileRules(JSON.parse(GITLEAKS) as RuleSet);
}
