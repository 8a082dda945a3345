import type { Injection } from '../../gateway/config.ts';
import { hostVariable } from '../../host/env.ts';
import type { ResolvedRule } from '../../manifest/rules.ts';
import { identityOf, type Identity } from '../../secrets/identity.ts';

/** Maps the identity that a rule of the manifest names to the secret's name and slot for the gateway. */

const isSet = (variable: string): boolean => hostVariable(variable) !== undefined;

/** The injection for requests of this rule. A preset that finds no secret here shows the first one it looks for. */
export function injectionOf(rule: ResolvedRule): Injection | undefined {
  const identity = find(rule, isSet, () => find(rule, () => true));
  return identity === undefined ? undefined : { secret: identity.name, slot: identity.slot };
}

/**
 * The identities of all rules as this host provides them, each with its rule's id.
 * @throws BottleError `manifest` if a preset finds no secret
 */
export function identitiesOf(
  rules: readonly ResolvedRule[],
): readonly (Identity & { readonly id: string })[] {
  return rules.flatMap((rule) => {
    const identity = find(rule, isSet);
    return identity === undefined ? [] : [{ ...identity, id: rule.id }];
  });
}

function find(
  rule: ResolvedRule,
  has: (variable: string) => boolean,
  otherwise?: () => Identity | undefined,
): Identity | undefined {
  const { inject } = rule;
  if (inject === undefined) return undefined;
  try {
    return identityOf({ ...rule, inject }, has);
  } catch (error) {
    if (otherwise === undefined) throw error;
    return otherwise();
  }
}
