import { STATIC_FIELDS } from './static-table.ts';

/**
 * Encodes fields as a block that refers only to the static table, not to earlier blocks. So it needs no memory, and a
 * block's length reveals nothing about another one, where a secret may be beside text that an agent has chosen
 * (docs/adr/0112).
 */

/** RFC 7541, 6.2.3: a server that passes these on must not keep them in a table either. */
const SENSITIVE = new Set(['authorization', 'proxy-authorization', 'cookie', 'set-cookie', 'x-api-key']);
const [NOT_INDEXED, NEVER_INDEXED] = [0x00, 0x10];

/** Headers of one HTTP/1.1 connection, which HTTP/2 forbids (RFC 9113, 8.2.2). */
const NEVER_SAID = new Set(['connection', 'proxy-connection', 'keep-alive', 'transfer-encoding', 'upgrade']);

const TOKEN = /^:?[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const NO_VALUE = /[^\t\x20-\x7e\x80-\xff]/;

const INDEX_OF_FIELD = new Map(
  STATIC_FIELDS.map(([name, value], index) => [`${name}\0${value}`, index + 1] as const).toReversed(),
);
const INDEX_OF_NAME = new Map(STATIC_FIELDS.map(([name], index) => [name, index + 1] as const).toReversed());

/** Maximum of cached names. Hosts and clients use a few dozen. */
const MAX_NAMES = 512;
const NAMES = new Map<string, string>();

/**
 * Encodes alternating names and values as a block in Latin-1, with names in lower case and without headers that HTTP/2
 * forbids.
 * @throws Error when a name or value is invalid
 */
export function encodeFields(fields: readonly string[]): string {
  let block = '';
  for (let index = 0; index + 1 < fields.length; index += 2)
    block += encodeField(fields[index] ?? '', fields[index + 1] ?? '');
  return block;
}

function encodeField(name: string, value: string): string {
  // Entries of the static table with a value are pseudo-headers, except one.
  const index = name.startsWith(':') ? INDEX_OF_FIELD.get(`${name}\0${value}`) : undefined;
  if (index !== undefined) return String.fromCharCode(0x80 | index);
  if (NO_VALUE.test(value)) throw new Error(`the value of ${name} cannot be written`);
  const begin = NAMES.get(name) ?? learnName(name);
  return begin === '' ? '' : begin + integer(value.length, { bits: 7, first: 0 }) + value;
}

function learnName(written: string): string {
  if (!TOKEN.test(written)) throw new Error('the name of a header cannot be written');
  const name = written.toLowerCase();
  const first = SENSITIVE.has(name) ? NEVER_INDEXED : NOT_INDEXED;
  const index = INDEX_OF_NAME.get(name);
  const begin = NEVER_SAID.has(name)
    ? ''
    : index === undefined
      ? integer(0, { bits: 4, first }) + integer(name.length, { bits: 7, first: 0 }) + name
      : integer(index, { bits: 4, first });
  if (NAMES.size >= MAX_NAMES) NAMES.clear();
  NAMES.set(written, begin);
  return begin;
}

/** Encodes an integer by RFC 7541, 5.1, after the upper bits of `first`. */
function integer(value: number, { bits, first }: { readonly bits: number; readonly first: number }): string {
  const full = (1 << bits) - 1;
  if (value < full) return String.fromCharCode(first | value);
  let text = String.fromCharCode(first | full);
  let rest = value - full;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) text += String.fromCharCode((rest & 0x7f) | 0x80);
  return text + String.fromCharCode(rest);
}
