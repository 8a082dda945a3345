import type { LeakPlace } from '../probes/leaks/kinds.ts';
import type { Oracle } from '../probes/probe.ts';
import { UNDO } from './undo.ts';

/** Reads what an attacker could read from the data that their host received. Pure. */

/** A request, or the messages of a WebSocket, as far as they were received. */
export interface Received {
  /** The host name that the request used. */
  readonly host: string;
  readonly method: string;
  /** Including the query. */
  readonly target: string;
  /** Names and values in turn, as received. */
  readonly rawHeaders: readonly string[];
  readonly rawTrailers: readonly string[];
  readonly content: Buffer;
}

export type Leak = Extract<Oracle, { kind: 'leak' }>;

/** Returns whether the word can be read there. Ignores case, which a host name does not preserve. */
export function isRead(word: string, { in: place, undo }: Leak, received: readonly Received[]): boolean {
  try {
    const found = undo.reduce<Buffer>(
      (bytes, step) => UNDO[step](bytes),
      Buffer.concat(received.map(PLACES[place])),
    );
    return found.toString('latin1').toLowerCase().includes(word.toLowerCase());
  } catch {
    return false; // not disguised in this way, or incomplete
  }
}

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

/** The header that carries data, and the prefix of the names when several do. */
const CARRIER = 'x-note';

const PLACES: Readonly<Record<LeakPlace, (received: Received) => Buffer>> = {
  path: ({ target }) => bytes(target.split('?')[0]?.split('/').slice(3).join('') ?? ''),
  query: ({ target }) =>
    bytes([...target.matchAll(/[?&]d\d*=([^&]*)/g)].map(([, value = '']) => value).join('')),
  header: ({ rawHeaders }) => bytes(valuesOf(rawHeaders, (name) => name.startsWith(CARRIER)).join('')),
  headerName: ({ rawHeaders }) => bytes(rawHeaders.filter((_, at) => at % 2 === 0).join('\n')),
  agent: ({ rawHeaders }) => bytes(valuesOf(rawHeaders, (name) => name === 'user-agent').join('')),
  cookie: ({ rawHeaders }) => bytes(valuesOf(rawHeaders, (name) => name === 'cookie').join('')),
  basic: ({ rawHeaders }) =>
    bytes(
      valuesOf(rawHeaders, (name) => name === 'authorization')
        .join('')
        .replace(/^Basic /i, ''),
    ),
  label: ({ host }) => bytes(host.split('.').slice(0, -3).join('')),
  content: ({ content }) => content,
  field: ({ content }) => bytes(new URLSearchParams(content.toString('latin1')).get('note') ?? ''),
  fileName: ({ content }) => bytes(/filename="([^"]*)"/.exec(content.toString('latin1'))?.[1] ?? ''),
  trailer: ({ rawTrailers }) => bytes(valuesOf(rawTrailers, (name) => name === CARRIER).join('')),
};

const valuesOf = (raw: readonly string[], isMeant: (name: string) => boolean): readonly string[] =>
  raw.filter((_, at) => at % 2 === 1 && isMeant((raw[at - 1] ?? '').toLowerCase()));
