import { BottleError } from '../../errors.ts';

/** Derives the names of a bottle's containers from its id, within the limits of nerdctl. Pure. */

export type Role = 'agent' | 'look';

/** A label on every container of bot-bottle; its value is the bottle's id. */
export const BOTTLE_LABEL = 'bot-bottle.id';

/**
 * Single separators between letters and digits: pkg/identifiers/validate.go of containerd, which pkg/namestore of
 * nerdctl uses.
 */
const NAME = /^[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*$/;
const MAX_NAME = 76;

/** The name of a bottle's container. @throws BottleError `usage` if the bottle's id makes an invalid name */
export function containerName(bottleId: string, role: Role): string {
  const name = role === 'agent' ? `bot-bottle-${bottleId}` : `bot-bottle-${bottleId}.${role}`;
  if (name.length <= MAX_NAME && NAME.test(name)) return name;
  throw new BottleError('usage', `${name} is no name that nerdctl takes`, {
    details: [`at most ${MAX_NAME} letters and digits, with single . _ - between them`],
    fix: 'give the agent another name',
  });
}
