import { actionOn, ASKED_FOR, type Actions } from './actions.ts';
import type { CompiledRule } from './rules/compile.ts';
import { createPatternScan, type PatternScan } from './rules/match.ts';

/** The rules that apply to a request, chosen by its host and by the detectors that its actions select. */
export interface RuleGroup {
  /** Equal for equal rules. */
  readonly key: string;
  /** Rules for heads, without those that only warn: each `key: value` of a head looks like an assignment. */
  readonly head: PatternScan;
  readonly body: PatternScan;
}

export interface RuleGroups {
  (host: string, actions: Actions): RuleGroup;
}

/** Returns the function that groups these rules. It indexes a group on first use. */
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
        // A credential may go to the service that issued it.
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
