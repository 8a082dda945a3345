import { BOUNDARIES, type Rung } from '../../drivers/driver.ts';
import { BottleError } from '../../errors.ts';
import { draftsOf, presetsOf, type Draft } from '../../manifest/draft.ts';
import { refuseExposedSecrets } from '../../manifest/exposed-secrets.ts';
import type { Manifest } from '../../manifest/load.ts';
import { resolveGateway, resolveRulesOf } from '../../manifest/resolve.ts';
import { rulesFor } from '../egress/foreign-gateway.ts';
import { noRung } from '../rungs/select.ts';
import { refuseBeyondPipelock } from '../egress/pipelock-limits.ts';
import { policyOf } from '../egress/policy.ts';

/**
 * Refuses a manifest that no start would accept on any host. Judges its rules, gateway, environment and rungs as a
 * start does, without reading this host: assumes that presets' clients, variables, engines and files are in order.
 * Pure.
 * @param rungs all rungs of this version
 * @throws BottleError as the start would, with the agent's name in front
 */
export function refuseUnstartable(manifest: Manifest, rungs: readonly Rung[], homeDir: string): void {
  for (const draft of draftsOf(manifest)) {
    try {
      refuseRules(draft, homeDir);
      refuseRungs(draft, rungs);
    } catch (error) {
      if (!(error instanceof BottleError)) throw error;
      const { details, fix } = error;
      throw new BottleError(error.code, `agent ${draft.name} could not start: ${error.message}`, {
        details,
        fix,
        cause: error,
      });
    }
  }
}

/** A name that no host has: RFC 6761, 6.4. */
const UNKNOWN_HOST = 'preset.invalid';

function refuseRules({ bottle, env }: Draft, homeDir: string): void {
  const presets = new Map(
    presetsOf(bottle).map((name) => [
      name,
      [{ host: `${name}.${UNKNOWN_HOST}`, port: 443, scheme: 'https' as const }],
    ]),
  );
  const gateway = resolveGateway(bottle.settings.gateway, homeDir);
  const rules = resolveRulesOf(bottle, { presets, homeDir });
  refuseBeyondPipelock({ bottle: bottle.name, gateway, learns: false, ...rules });
  policyOf(rulesFor(gateway, rules));
  refuseExposedSecrets(
    env,
    rules.egress.allow.flatMap(({ id, inject }) =>
      inject !== undefined && 'source' in inject ? [{ id, ...inject }] : [],
    ),
  );
}

/** Narrows the rungs by each requirement of the bottle, and refuses it when none is left. */
function refuseRungs({ bottle: { settings } }: Draft, rungs: readonly Rung[]): void {
  const runtime = settings.runtime?.value ?? 'auto';
  const floor = settings.min_boundary?.value ?? 'shared-kernel';
  const meant = rungs.filter((rung) => runtime === 'auto' || rung.runtime === runtime);
  if (meant.length === 0) throw noRung({ runtime }, rungs);
  const pids = settings['resources.pids']?.value;
  const asks: readonly (readonly [what: string, isMet: (rung: Rung) => boolean])[] = [
    [
      `has a boundary of min_boundary ${floor}`,
      ({ boundary }) => BOUNDARIES.indexOf(boundary) >= BOUNDARIES.indexOf(floor),
    ],
    [
      'shares a folder with its host, which workspace: mount would be',
      ({ traits }) => settings.workspace?.value !== 'mount' || traits.sharesFiles,
    ],
    [`works with resources.pids ${pids}`, ({ traits }) => pids === undefined || pids >= traits.minPids],
  ];
  let left = meant;
  for (const [what, isMet] of asks) {
    left = left.filter(isMet);
    if (left.length > 0) continue;
    throw new BottleError(
      'manifest',
      `no rung ${runtime === 'auto' ? '' : `with runtime ${runtime} `}${what}`,
      { fix: 'change it, or take another runtime' },
    );
  }
}
