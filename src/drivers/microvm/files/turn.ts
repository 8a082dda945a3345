/**
 * Each time that a machine gives its files is a turn of its own, by which its tars are named: what was asked for before is not
 * taken for what there is now. Pure.
 */

/** The one when the agent has ended, which nobody asks for (assets/microvm/attendant.pl). */
export const END = 'end';

/** What is asked for while the agent runs: 16 hexadecimal digits. */
export type Turn = string;

/** Of a mounted place, by its number. */
export const tarName = (turn: Turn, number: number): string => `${turn}-${number}.tar`;

/** What was asked for while the agent ran, whole or not. */
export const isAskedFor = (name: string): boolean => /^[0-9a-f]{16}-\d+\.tar(?:\.part)?$/.test(name);

/** What the sandbox puts into its folder, besides what is asked for: at the end, and as the socket of a VMM that has one. */
export const isOfSandbox = (name: string): boolean => /^(?:end-\d+\.tar(?:\.part)?|api\.sock)$/.test(name);
