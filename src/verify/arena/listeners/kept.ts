import type { Received } from '../../leaks/read.ts';
import { findNonces } from '../nonce.ts';

/**
 * What a collector received, by the nonces in the path. Size is limited for each nonce, because an attacker can send
 * any amount.
 */
export interface Kept {
  /** Returns all requests with a nonce, in the order in which they began. */
  readonly received: (nonce: string) => readonly Received[];
  begin(head: Pick<Received, 'host' | 'method' | 'target' | 'rawHeaders'>): Coming;
}

/** A request that is still being received. */
export interface Coming {
  /** The kept request; later parts are filled in. */
  readonly filling: { -readonly [Member in keyof Received]: Received[Member] };
  /** Deducts a chunk of content from the remaining room; returns the leading part that may be kept. */
  readonly take: (chunk: Buffer) => Buffer;
  /** Sets the trailers, if there is room for all of them. */
  end(rawTrailers: readonly string[]): void;
}

/** Limit for the heads and contents of all requests with one nonce. */
export const MAX_BYTES = 1024 * 1024;
export const MAX_NONCES = 4096;
/** Size counted for a request in addition to its text. */
const REQUEST_BYTES = 512;

interface Room {
  readonly received: Received[];
  leftBytes: number;
}

const lengthOf = (texts: readonly string[]): number => texts.reduce((sum, { length }) => sum + length, 0);

/** Creates an empty store. */
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

/** After something did not fit, nothing fits: later data would be read as if it followed directly. */
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
