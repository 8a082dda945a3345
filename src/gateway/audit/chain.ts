import * as crypto from 'node:crypto';

/**
 * The hash chain of the log. Each line ends with its number and the SHA-256 of the previous hash and all its own bytes
 * before the hash. So a line that was changed, removed or moved no longer follows from the one before it.
 */

/** The end of a chain: the last line's number, from 1, and its hash. */
export interface ChainHead {
  readonly seq: number;
  /**
   * Base64url. All 256 bits: lines contain what agents ask for, and with fewer bits, agents could search for two lines
   * with one hash.
   */
  readonly hash: string;
}

/** A line at the end of its chain. */
export interface Link extends ChainHead {
  /** The whole line, including its newline. */
  readonly text: string;
}

/** The head before the first line. */
export const CHAIN_START: ChainHead = { seq: 0, hash: '' };

/** `crypto.hash` makes no object per line. Node has it from 20.12 and 21.7 on. */
const { hash } = crypto as { hash?: typeof crypto.hash };
const digest =
  hash === undefined
    ? (text: string): string => crypto.createHash('sha256').update(text).digest('base64url')
    : (text: string): string => hash('sha256', text, 'base64url');

/** Returns the next line of a chain, from a line's members in JSON without the closing brace. */
export function linkLine(head: ChainHead, members: string): Link {
  const seq = head.seq + 1;
  const counted = `${members},"seq":${seq}`;
  const hash = digest(head.hash + counted);
  return { seq, hash, text: `${counted},"hash":"${hash}"}\n` };
}

const BOTTLE = /^\{(?:"time":"[^"]*",)?"bottle":"([^"\\]*)"/;

/** Returns the bottle that a line names. Undefined where it names none. */
export const bottleOf = (text: string): string | undefined => BOTTLE.exec(text)?.[1];

/** A parsed line, without its newline. */
export interface FoundLink extends ChainHead {
  /** The bytes that the hash covers, besides the previous hash. */
  readonly counted: string;
}

const LINK = /^(\{.*,"seq":(\d{1,15})),"hash":"([\w-]{43})"\}$/;

/** Returns the place in the chain that a line claims. Undefined if it is not a line of a chain. */
export function parseLink(text: string): FoundLink | undefined {
  const [, counted, seq, hash] = LINK.exec(text) ?? [];
  if (counted === undefined || hash === undefined) return undefined;
  return { counted, seq: Number(seq), hash };
}

/** Returns whether the line's hash is that of its bytes after this previous hash. */
export const follows = (before: string, { counted, hash }: FoundLink): boolean =>
  digest(before + counted) === hash;
