import { describeRung } from '../bottle/rungs/select.ts';
import { BOUNDARIES, type Boundary, type RungCheck } from '../drivers/driver.ts';

/** Of all rungs that were looked at, those that can be attacked. Pure. */

export interface Attackable {
  readonly ready: readonly RungCheck[];
  /** Of each other one, why it is left out and what would bring it, in words for the user. */
  readonly notes: readonly string[];
}

/** `floor`: the weakest boundary that the bottle allows. */
export function attackable(looks: readonly RungCheck[], floor: Boundary): Attackable {
  const isBelow = ({ rung }: RungCheck): boolean =>
    BOUNDARIES.indexOf(rung.boundary) < BOUNDARIES.indexOf(floor);
  const ready = looks.filter((look) => look.status === 'ready' && !isBelow(look));
  const others = looks.filter((look) => !ready.includes(look));
  return { ready, notes: others.map((look) => noteOf(look, isBelow(look) ? floor : undefined)) };
}

function noteOf({ rung, reason, fix }: RungCheck, floor: Boundary | undefined): string {
  const name = `not attacked: ${describeRung(rung)}`;
  if (floor !== undefined) return `${name} is below the bottle's min_boundary, ${floor}`;
  return `${name} is not ready: ${reason}${fix === '' ? '' : `\n  what to do: ${fix}`}`;
}
