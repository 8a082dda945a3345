import { BottleError } from '../../errors.ts';
import { coversHost } from '../../gateway/policy/overlap.ts';
import type { ResolvedAgent } from '../../manifest/resolve.ts';
import type { ResolvedRule } from '../../manifest/rules.ts';
import { PLACEHOLDER_VARIABLE } from '../arena/manifest.ts';
import { OWN_DOMAIN } from '../arena/targets.ts';

/** Settings of a bottle that would replace or block what the controls need. */

/**
 * Rejects such settings. @throws BottleError `manifest` with the position of the setting, because nothing could be
 * proven with it
 */
export function refuseConflicts({ egress, envNames }: Pick<ResolvedAgent, 'egress' | 'envNames'>): void {
  const rule = [...egress.allow, ...egress.deny].find(isAboutOwnNames);
  if (rule !== undefined) {
    throw new BottleError(
      'manifest',
      `${rule.position}: ${rule.id} is about names below ${OWN_DOMAIN}, which verify’s own listeners have`,
      { fix: 'write the rule so that it does not: these names (RFC 6761) lead nowhere anyway' },
    );
  }
  if (envNames.includes(PLACEHOLDER_VARIABLE)) {
    throw new BottleError('manifest', `env.${PLACEHOLDER_VARIABLE} is a variable of verify’s own`, {
      fix: 'give it another name',
    });
  }
}

function isAboutOwnNames({ host }: Pick<ResolvedRule, 'host'>): boolean {
  const name = host.toLowerCase();
  return name.endsWith(`.${OWN_DOMAIN}`) || name === OWN_DOMAIN || coversHost(name, `x.${OWN_DOMAIN}`);
}
