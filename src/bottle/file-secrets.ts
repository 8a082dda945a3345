import { compileRules } from '../gateway/dlp/rules/compile.ts';
import { createPatternScan } from '../gateway/dlp/rules/match.ts';
import { pinnedRules } from '../gateway/dlp/rules/pinned.ts';
import type { RuleSet } from '../gateway/dlp/rules/rule.ts';
import type { FindSecret } from '../workspace/secret-file.ts';

/**
 * Looks for secrets in files by the rules that the gateway looks for them in what leaves: those that come with bot-bottle and the user's own.
 * Rules that are right too seldom to block for count here neither.
 * @returns a function that gives the name of the rule that matches; it compiles the rules when it is first called
 */
export function fileSecrets(own: RuleSet | undefined): FindSecret {
  let scan: ReturnType<typeof createPatternScan> | undefined;
  return (text) => {
    scan ??= createPatternScan(
      [...pinnedRules(), ...(own === undefined ? [] : compileRules(own))].filter(
        ({ advisory }) => advisory !== true,
      ),
    );
    return scan(text, [{ start: 0, end: text.length }], true)[0]?.rule.id;
  };
}
