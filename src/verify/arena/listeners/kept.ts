import type { Received } from '../../leaks/read.ts';
import { findNonces } from '../nonce.ts';

/** What came to a collector, by the nonces in its path: no more of each than there is room for, as an attacker sends what they like. */
export interface Kept {
  /** All of it, in the order in which it began to come. */
  readonly received: (nonce: string) => readonly Received[];
  begin(head: Pick<Received, 'host' | 'method' | 'target' | 'rawHeaders'>): Coming;
}

/** A request that is still coming. */
export interface Coming {
  /** Of what is kept of it, what comes later is filled in. */
  readonly filling: { -readonly [Member in keyof Received]: Received[Member] };
  /** Takes what came of its content from the room that there is; gives the beginning that may be kept. */
  readonly take: (chunk: Buffer) => Buffer;
  /** Sets its trailers, if there is room for all of them. */
  end(rawTrailers: readonly string[]): void;
}

/** Heads and contents of all requests with one nonce. */
export const MAX_BYTES = 1024 * 1024;
export const MAX_NONCES = 4096;
/** What a request takes beside its text. */
const REQUEST_BYTES = 512;

interface Room {
  readonly received: Received[];
  leftBytes: number;
}

const lengthOf = (texts: readonly string[]): number => texts.reduce((sum, { length }) => sum + length, 0);

/** Keeps nothing yet. */
export function keepReceived(): Kept {
  const rooms = new Map<string, Room>();
  const roomOf = (nonce: string): Room | undefined => {
    const known = rooms.get(nonce);
    if (known !== undefined || rooms.size >= MAX_NONCES) return known;
    const room = { received: [], leftBytes: MAX_BYTES };
    rooms.set(nonce, room);
    return room;
  };
  return {
    received: (nonce) => rooms.get(nonce)?.received ?? [],
    begin: (head) => {
      const filling = { ...head, rawTrailers: [], content: Buffer.alloc(0) };
      const bytes = REQUEST_BYTES + head.target.length + lengthOf(head.rawHeaders);
      const mine = findNonces(head.target).flatMap((nonce) => roomOf(nonce) ?? []);
      const fit = mine.filter((room) => spend(room, bytes));
      for (const { received } of fit) received.push(filling);
      return comingOf(filling, fit);
    },
  };
}

/** Where something did not fit nothing fits any more: what comes after it would be read as if it came next. */
function spend(room: Room, bytes: number): boolean {
  const fits = bytes <= room.leftBytes;
  room.leftBytes = fits ? room.leftBytes - bytes : 0;
  return fits;
}

function comingOf(filling: Coming['filling'], rooms: readonly Room[]): Coming {
  const left = (): number => (rooms.length === 0 ? 0 : Math.min(...rooms.map(({ leftBytes }) => leftBytes)));
  return {
    filling,
    take: (chunk) => {
      const kept = chunk.subarray(0, left());
      for (const room of rooms) spend(room, chunk.length);
      return kept;
    },
    end: (rawTrailers) => {
      const bytes = lengthOf(rawTrailers);
      if (bytes <= left()) filling.rawTrailers = rawTrailers;
      for (const room of rooms) spend(room, bytes);
    },
  };
}
