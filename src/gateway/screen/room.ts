/**
 * Room for content that is here and has not left, of all requests of the gateway together: it is no part of V8's heap, and no limit of
 * Node's counts it. On its way to a host that does not read, each byte lies here some three times: as it came, joined, and encrypted.
 * Ten parts of an upload to S3 at a time, of 8 MiB each, fit.
 */
export const MOST_ROOM_BYTES = 96 * 1024 ** 2;

export const NO_ROOM = 'the bottle sends too many bodies at once';

let takenBytes = 0;

/** Whether so much had room: then it is taken until `giveRoom`. */
export function takeRoom(bytes: number): boolean {
  if (takenBytes + bytes > MOST_ROOM_BYTES) return false;
  takenBytes += bytes;
  return true;
}

/** Of what was taken. */
export function giveRoom(bytes: number): void {
  takenBytes -= bytes;
}
