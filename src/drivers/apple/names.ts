import { BottleError } from '../../errors.ts';

/** Derives the names of a bottle's parts from its id, within the limits of Apple's `container`. Pure. */

export type Role = 'agent' | 'gateway' | 'look';

/**
 * The label of every container of bot-bottle. Its value, the bottle's id, contains no `=` (Parser.labels of 1.2.2
 * refuses one).
 */
export const BOTTLE_LABEL = 'bot-bottle.id';

/** Utility.swift of apple/container 1.2.2: 2 to 63 characters. */
const MAX_NAME = 63;
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]+$/;

/** The name of a bottle's container. @throws BottleError `usage` if the bottle's id makes an invalid name */
export function containerName(bottleId: string, role: Role): string {
  const name = role === 'agent' ? `bot-bottle-${bottleId}` : `bot-bottle-${bottleId}.${role}`;
  if (name.length <= MAX_NAME && NAME.test(name)) return name;
  throw new BottleError('usage', `${name} is no name that Apple's container takes`, {
    details: [`2 to ${MAX_NAME} characters, of A-Z a-z 0-9 _ . -, the first a letter or a digit`],
    fix: 'give the agent a shorter name',
  });
}

/** Whether a container of this name is a bottle's gateway. */
export const isGateway = (name: string): boolean => name.endsWith('.gateway');
