import { BottleError } from '../errors.ts';
import { PROBES } from './probes/index.ts';
import type { FamilyName, Probe } from './probes/probe.ts';

/** The probes that a user selects. */

export interface Selection {
  /** All families if undefined. */
  readonly families?: readonly FamilyName[] | undefined;
  readonly ids?: readonly string[] | undefined;
}

/**
 * Returns the probes of these families; if ids are given, only those.
 * @throws BottleError `usage` when a given id is not among them. Pure.
 */
export function selectProbes({ families, ids }: Selection): readonly Probe[] {
  for (const id of ids ?? []) refuseOther(id, families);
  return PROBES.filter(
    (probe) => families?.includes(probe.family) !== false && ids?.includes(probe.id) !== false,
  );
}

function refuseOther(id: string, families: Selection['families']): void {
  const probe = PROBES.find((probe) => probe.id === id);
  if (probe === undefined) {
    throw new BottleError('usage', `there is no probe ${id} here`, { fix: 'bot-bottle verify --list' });
  }
  if (families?.includes(probe.family) === false) {
    throw new BottleError(
      'usage',
      `${id} is of the family ${probe.family}; --family and --probe together select only probes that match both`,
      { fix: `leave out --family, or give --family ${probe.family}` },
    );
  }
}
