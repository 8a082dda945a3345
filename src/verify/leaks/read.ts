import type { LeakPlace } from '../probes/leaks/kinds.ts';
import type { Oracle } from '../probes/probe.ts';
import { UNDO } from './undo.ts';

/** What an attacker reads out of what came to a host of theirs. Pure. */

/** A request, or the messages of a WebSocket, as far as they came. */
export interface Received {
  /** As the host was named. */
  readonly host: string;
  readonly method: string;
  /** With its query. */
  readonly target: string;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  readonly rawTrailers: readonly string[];
  readonly content: Buffer;
}

export type Leak = Extract<Oracle, { kind: 'leak' }>;

/** Whether the word is to be read there. A name has lost its case on the way. */
export function isRead(word: string, { in: place, undo }: Leak, received: readonly Received[]): boolean {
  try {
    const found = undo.reduce<Buffer>(
      (bytes, step) => UNDO[step](bytes),
      Buffer.concat(received.map(PLACES[place])),
    );
    return found.toString('latin1').toLowerCase().includes(word.toLowerCase());
  } catch {
    return false; // not so disguised, or not all of it came
  }
}

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

/** The header that carries something, and what those are called of which several do. */
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
