import { actionOn, ASKED_FOR, type Actions } from './actions.ts';
import type { CompiledRule } from './rules/compile.ts';
import { createPatternScan, type PatternScan } from './rules/match.ts';

/** The rules that hold for a request: by its host, and by what its rule asks for. */
export interface RuleGroup {
  /** The same for the same rules. */
  readonly key: string;
  /** In a head every `key: value` looks like an assignment: without rules that only warn. */
  readonly head: PatternScan;
  readonly body: PatternScan;
}

export interface RuleGroups {
  (host: string, actions: Actions): RuleGroup;
}

/** Gives the function that groups these rules. Nothing is indexed before a group is first used. */
export function createRuleGroups(rules: readonly CompiledRule[]): RuleGroups {
  const homes = [...new Set(rules.flatMap((rule) => rule.homes ?? []))];
  const groups = new Map<string, RuleGroup>();
  return (host, actions) => {
    const home = homes.find((one) => host === one || host.endsWith(`.${one}`));
    const asked = ASKED_FOR.filter((detector) => actionOn(detector, actions) !== 'off');
    const key = `${home ?? ''} ${asked.join(' ')}`;
    let group = groups.get(key);
    if (group === undefined) {
      const held = rules
        .filter(({ detector }) => detector === undefined || asked.includes(detector))
        // A credential goes to whoever gave it out.
        .filter((rule) => home === undefined || !rule.homes?.includes(home));
      group = {
        key,
        head: createPatternScan(held.filter(({ advisory, place }) => advisory !== true && place !== 'body')),
        body: createPatternScan(held.filter(({ place }) => place !== 'head')),
      };
      groups.set(key, group);
    }
    return group;
  };
}
