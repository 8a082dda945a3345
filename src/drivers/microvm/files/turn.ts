/**
 * Each time that a machine gives its files is a separate turn, and the turn names its tars. So a tar of an earlier
 * request is never taken for the present state. Pure.
 */

/** The turn at the agent's end. No request names it (assets/microvm/attendant.pl). */
export const END = 'end';

/** `END`, or for a request while the agent runs: 16 hexadecimal digits. */
export type Turn = string;

/** Returns the file name of a mounted place's tar. `number`: the place's index in the mounts. */
export const tarName = (turn: Turn, number: number): string => `${turn}-${number}.tar`;

/** Returns whether the name is a tar that was requested while the agent ran, complete or partial. */
export const isAskedFor = (name: string): boolean => /^[0-9a-f]{16}-\d+\.tar(?:\.part)?$/.test(name);

/** Returns whether the sandbox itself makes a file of this name: the tars at the end, and the VMM's API socket. */
export const isOfSandbox = (name: string): boolean => /^(?:end-\d+\.tar(?:\.part)?|api\.sock)$/.test(name);
