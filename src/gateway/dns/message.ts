/**
 * DNS messages (RFC 1035), as far as answers for a handful of names need them. Strict: malformed queries get no data.
 */

export const TYPE = { A: 1, AAAA: 28 } as const;
const CLASS_IN = 1;
const HEADER_BYTES = 12;
const MAX_NAME_BYTES = 255;
/** Short: a name's answer never changes while the bottle lives, but the bottle's own resolver may outlive it. */
const TTL_S = 60;

export const RCODE = {
  noError: 0,
  formatError: 1,
  serverFailure: 2,
  nameError: 3,
  notImplemented: 4,
  refused: 5,
} as const;
export type Rcode = (typeof RCODE)[keyof typeof RCODE];

export interface Query {
  readonly id: number;
  readonly recursionDesired: boolean;
  /** The question as sent, for the answer to repeat; empty if it could not be read. */
  readonly question: Buffer;
  /** Labels joined by dots, without the last dot; undefined if a label has bytes that no host name has. */
  readonly name: string | undefined;
  readonly type: number;
  /** The error in the query itself. */
  readonly fault?: Rcode;
}

/** Reads a query. Undefined: the message is not a query, and gets no answer. */
export function readQuery(message: Buffer): Query | undefined {
  if (message.length < HEADER_BYTES) return undefined;
  const flags = message.readUInt16BE(2);
  if ((flags & 0x8000) !== 0) return undefined; // an answer; answering answers makes loops
  const base = {
    id: message.readUInt16BE(0),
    recursionDesired: (flags & 0x0100) !== 0,
    question: Buffer.alloc(0),
    name: undefined,
    type: 0,
  };
  if (((flags >> 11) & 15) !== 0) return { ...base, fault: RCODE.notImplemented };
  const [questions, answers, authorities] = [4, 6, 8].map((at) => message.readUInt16BE(at));
  if (questions !== 1 || answers !== 0 || authorities !== 0) return { ...base, fault: RCODE.formatError };
  const name = readName(message, HEADER_BYTES);
  if (name === undefined || message.length < name.end + 4) return { ...base, fault: RCODE.formatError };
  const known = {
    ...base,
    question: message.subarray(HEADER_BYTES, name.end + 4),
    name: name.text,
    type: message.readUInt16BE(name.end),
  };
  return message.readUInt16BE(name.end + 2) === CLASS_IN ? known : { ...known, fault: RCODE.refused };
}

function readName(message: Buffer, from: number): { text: string | undefined; end: number } | undefined {
  const labels: string[] = [];
  for (let at = from; at - from < MAX_NAME_BYTES;) {
    const length = message[at];
    if (length === undefined || length > 63) return undefined; // cut off, or a pointer, which a question never needs
    if (length === 0) {
      const plain = labels.every((label) => /^[A-Za-z0-9_-]+$/.test(label)); // a dot *in* a label would read as two
      return { text: plain ? labels.join('.') : undefined, end: at + 1 };
    }
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return undefined;
}

/** Returns an answer to the query; with an address, an A record for the name in the question. */
export function writeAnswer(query: Query, rcode: Rcode, address?: string): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(query.id, 0);
  header.writeUInt16BE(0x8080 | (query.recursionDesired ? 0x0100 : 0) | rcode, 2);
  header.writeUInt16BE(query.question.length === 0 ? 0 : 1, 4);
  header.writeUInt16BE(address === undefined ? 0 : 1, 6);
  if (address === undefined) return Buffer.concat([header, query.question]);
  const record = Buffer.alloc(16);
  record.writeUInt16BE(0xc000 | HEADER_BYTES, 0); // a pointer to the name in the question
  record.writeUInt16BE(TYPE.A, 2);
  record.writeUInt16BE(CLASS_IN, 4);
  record.writeUInt32BE(TTL_S, 6);
  record.writeUInt16BE(4, 10);
  record.set(address.split('.').map(Number), 12);
  return Buffer.concat([header, query.question, record]);
}
