import {
  BOUNDARIES,
  type Boundary,
  type EngineName,
  type NetworkForm,
  type RungCheck,
  type Rung,
  type RuntimeName,
  type Traits,
} from '../../drivers/driver.ts';
import { BottleError } from '../../errors.ts';
import { autoListOf, byPreference } from './auto.ts';

/** Selects the rung of a bottle from the results of the checks. Pure. */

export interface RungRequest {
  readonly runtime: RuntimeName | 'auto';
  /** Only rungs of this engine; undefined: of any engine. */
  readonly engine?: EngineName | undefined;
  readonly minBoundary: Boundary;
}

export interface Choice {
  readonly check: RungCheck;
  /** One line for the user: the selected rung, the reason, and the stronger rungs that were passed over. */
  readonly why: string;
}

/** Whether a request allows this rung. */
export const isMeant = ({ runtime, engine }: Pick<RungRequest, 'runtime' | 'engine'>, rung: Rung): boolean =>
  (runtime === 'auto' || rung.runtime === runtime) && (engine === undefined || rung.engine === engine);

/** Whether a rung is ready and, in a request for `auto`, is not skipped in favour of a weaker one. */
export const isTaken = (
  { status, onlyIfAsked }: RungCheck,
  { runtime }: Pick<RungRequest, 'runtime'>,
): boolean => status === 'ready' && (runtime !== 'auto' || onlyIfAsked === undefined);

const nearness = ({ status }: RungCheck): number => ['absent', 'installed', 'ready'].indexOf(status);

/** The check that is nearest to ready; the first of equals. */
const nearestOf = (checks: readonly RungCheck[]): RungCheck | undefined =>
  checks.toSorted((a, b) => nearness(b) - nearness(a))[0];

const strength = (boundary: Boundary): number => BOUNDARIES.indexOf(boundary);

/**
 * The strongest ready rung at or above the minimum boundary, or the requested one; among equals, the first in the
 * platform's list (auto.ts). Takes a rung that `auto` normally skips only if no other is strong enough.
 * @throws BottleError `rungUnavailable`; never falls back to a boundary below the minimum
 */
export function selectRung(
  request: RungRequest,
  checks: readonly RungCheck[],
  platform: string = process.platform,
): Choice {
  const wanted = checks.filter(({ rung }) => isMeant(request, rung));
  const strongEnough = wanted.filter(({ rung }) => strength(rung.boundary) >= strength(request.minBoundary));
  const ready = strongEnough
    .filter((check) => check.status === 'ready')
    .toSorted((a, b) => byPreference(platform)(a.rung, b.rung));
  const best = ready.find((check) => isTaken(check, request)) ?? ready[0];
  if (best !== undefined) return { check: best, why: explain(request, best, wanted) };
  throw refusal(request, wanted, platform);
}

function explain(request: RungRequest, best: RungCheck, wanted: readonly RungCheck[]): string {
  const name = describeRung(best.rung);
  if (request.runtime !== 'auto') return `${name}: as asked for`;
  const stronger = wanted.filter(({ rung }) => strength(rung.boundary) > strength(best.rung.boundary));
  const rest = [...new Set(stronger.map(({ rung }) => rung.runtime))]
    .map((runtime) => {
      const nearest = nearestOf(stronger.filter(({ rung }) => rung.runtime === runtime));
      return `${runtime} is ${nearest?.onlyIfAsked ?? nearest?.status}`;
    })
    .join(', ');
  return `${name}: the strongest rung that is ready here${rest === '' ? '' : ` (${rest})`}`;
}

/** A rung for people: `runsc on docker (user-kernel)`. */
export function describeRung(rung: Rung): string {
  const on = rung.engine === rung.runtime ? '' : ` on ${rung.engine}`;
  return `${rung.runtime}${on} (${rung.boundary})`;
}

function refusal(request: RungRequest, wanted: readonly RungCheck[], platform: string): BottleError {
  const asked =
    request.runtime === 'auto' ? `at or above ${request.minBoundary}` : `with runtime ${request.runtime}`;
  const floor =
    request.runtime !== 'auto' &&
    wanted.some(({ rung }) => strength(rung.boundary) < strength(request.minBoundary))
      ? `; its boundary is below min_boundary ${request.minBoundary}`
      : '';
  const candidates = wanted.filter(
    ({ rung, status }) => strength(rung.boundary) >= strength(request.minBoundary) && status !== 'ready',
  );
  const nearest = nearestOf(candidates);
  return new BottleError('rungUnavailable', `no rung ${asked} is ready on this host${floor}`, {
    details: wanted.map(({ rung, status, reason }) => `${describeRung(rung)}: ${status}: ${reason}`),
    fix:
      nearest?.fix ||
      `run \`bot-bottle doctor\` to see every rung and how to get it; ${autoListOf(platform).otherwise}`,
  });
}

/** The launching user, and the requirements of the gateway. */
export interface Launcher {
  readonly isRoot: boolean;
  /** The name of a gateway that opens its sockets itself, in a container beside the bottle; undefined: any form will do. */
  readonly needsSidecar?: string | undefined;
}

/**
 * The network form of a bottle: the requested one, or the default for the rung's traits and the launching user.
 * @throws BottleError `rungUnavailable` if the requested form, or the gateway, does not work on this rung
 */
export function selectNetworkForm(
  rung: Rung,
  asked: NetworkForm | undefined,
  { isRoot, needsSidecar }: Launcher,
): NetworkForm {
  const all = possibleForms(rung.traits, isRoot);
  const possible = needsSidecar === undefined ? all : all.filter((form) => form === 'bridge');
  const [natural] = possible;
  if (natural === undefined) throw noSidecar(rung, needsSidecar);
  if (asked === undefined) return natural;
  if (possible.includes(asked)) return asked;
  const who = needsSidecar === undefined ? (isRoot ? '' : ' for an ordinary user') : ` with ${needsSidecar}`;
  throw new BottleError(
    'rungUnavailable',
    `${describeRung(rung)} cannot use the network form ${asked}${who}`,
    {
      fix: `leave out --network-form; this rung uses ${natural}`,
    },
  );
}

const noSidecar = (rung: Rung, engine: string | undefined): BottleError =>
  new BottleError(
    'rungUnavailable',
    `gateway: ${engine} runs in a container beside the bottle, and ${describeRung(rung)} has none`,
    { fix: 'take a runtime of docker or podman (bot-bottle doctor lists them), or gateway: bot-bottle' },
  );

/** The possible forms, fastest first. */
function possibleForms(
  { ownNetworkStack, onlySockets, hasCompanions, joinedBy }: Traits,
  isRoot: boolean,
): NetworkForm[] {
  if (onlySockets) return ['sockets'];
  if (ownNetworkStack) return ['bridge'];
  const canJoin = joinedBy === 'its user' || (joinedBy === 'root' && isRoot);
  const joined: NetworkForm[] = canJoin ? ['joined'] : [];
  return hasCompanions ? [...joined, 'holder', 'bridge'] : joined;
}

/** The error for a request that matches no rung of this version. `rungs`: all rungs. Pure. */
export function noRung(
  { runtime, engine }: Pick<RungRequest, 'runtime' | 'engine'>,
  rungs: readonly Pick<Rung, 'runtime' | 'engine'>[],
): BottleError {
  const engines = rungs.filter((rung) => rung.runtime === runtime).map((rung) => rung.engine);
  if (engines.length === 0) {
    return unavailable(
      `this version has no driver for runtime ${runtime}`,
      'bot-bottle doctor lists the rungs there are',
    );
  }
  return engines.some((name) => name === runtime)
    ? unavailable(`${runtime} needs no engine, and ${engine} does not run it`, 'leave out --engine')
    : unavailable(
        `${engine} does not run ${runtime}`,
        engines.map((name) => `--engine ${name}`).join(', or '),
      );
}

const unavailable = (message: string, fix: string): BottleError =>
  new BottleError('rungUnavailable', message, { fix });
