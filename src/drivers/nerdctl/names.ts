import { BottleError } from '../../errors.ts';

/** What is made for a bottle is named after it, within what nerdctl allows. Pure. */

export type Role = 'agent' | 'look';

/** On every container of ours; its value is the bottle's id. */
export const BOTTLE_LABEL = 'bot-bottle.id';

/** Single separators between letters and digits: pkg/identifiers/validate.go of containerd, which pkg/namestore of nerdctl asks. */
const NAME = /^[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*$/;
const MAX_NAME = 76;

/** @throws BottleError `usage` where the bottle's id makes a name that is not allowed */
export function containerName(bottleId: string, role: Role): string {
  const name = role === 'agent' ? `bot-bottle-${bottleId}` : `bot-bottle-${bottleId}.${role}`;
  if (name.length <= MAX_NAME && NAME.test(name)) return name;
  throw new BottleError('usage', `${name} is no name that nerdctl takes`, {
    details: [`at most ${MAX_NAME} letters and digits, with single . _ - between them`],
    fix: 'give the agent another name',
  });
}
