import * as crypto from 'node:crypto';
import { digitsOf } from './digits.ts';

/**
 * The hash chain of the log. Each line ends with its number and with the SHA-256 of the hash before it and of all its
 * own bytes up to the hash, so a line that was changed, taken out or moved no longer follows from the one before it.
 */

/** Where a chain stands: the last line's number, from 1, and its hash. */
export interface ChainHead {
  readonly seq: number;
  /** Base64url. All 256 bits: what agents ask for is in the lines, and with less they could search for two that are alike. */
  readonly hash: string;
}

/** A line at the end of its chain. */
export interface Link extends ChainHead {
  /** The whole line, with its end. */
  readonly text: string;
}

/** Before the first line. */
export const CHAIN_START: ChainHead = { seq: 0, hash: '' };

/** `crypto.hash` makes no object for each line; Node has it from 20.12 and 21.7 on. */
const { hash } = crypto as { hash?: typeof crypto.hash };
const digest =
  hash === undefined
    ? (text: string): string => crypto.createHash('sha256').update(text).digest('base64url')
    : (text: string): string => hash('sha256', text, 'base64url');

/** The next line of a chain, from a line's members in JSON without the closing brace. */
export function linkLine(head: ChainHead, members: string): Link {
  const seq = head.seq + 1;
  const counted = `${members},"seq":${digitsOf(seq)}`;
  const hash = digest(head.hash + counted);
  return { seq, hash, text: `${counted},"hash":"${hash}"}\n` };
}

const BOTTLE = /^\{(?:"time":"[^"]*",)?"bottle":"([^"\\]*)"/;

/** Whose log a line says that it is of; undefined where it does not. */
export const bottleOf = (text: string): string | undefined => BOTTLE.exec(text)?.[1];

/** A line as it was found, without its end. */
export interface FoundLink extends ChainHead {
  /** What the hash covers besides the hash before it. */
  readonly counted: string;
}

const LINK = /^(\{.*,"seq":(\d{1,15})),"hash":"([\w-]{43})"\}$/;

/** The line's place in its chain as it says itself; undefined where it is no line of a chain. */
export function parseLink(text: string): FoundLink | undefined {
  const [, counted, seq, hash] = LINK.exec(text) ?? [];
  if (counted === undefined || hash === undefined) return undefined;
  return { counted, seq: Number(seq), hash };
}

/** Whether the hash of a found line is that of these bytes after this one. */
export const follows = (before: string, { counted, hash }: FoundLink): boolean =>
  digest(before + counted) === hash;
