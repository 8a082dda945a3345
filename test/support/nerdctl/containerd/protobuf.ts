/** As much of Protocol Buffers as containerd's services need: messages as tables of their fields, read and written. */

export type Kind = 'string' | 'bytes' | 'integer' | 'boolean' | Schema;

export interface Field {
  readonly number: number;
  readonly kind: Kind;
  /** `list`: any number of them. `map`: by a text. */
  readonly shape?: 'list' | 'map';
}

export type Schema = { readonly [name: string]: Field };

/** A message; what is not said is not there, as in proto3. */
export type Message = { readonly [name: string]: unknown };

const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** Writes a message. */
export function encode(schema: Schema, message: Message): Buffer {
  return Buffer.concat(
    Object.entries(schema).flatMap(([name, field]) => {
      const value = message[name];
      if (value === undefined) return [];
      if (field.shape === 'list') return (value as readonly unknown[]).map((each) => encodeOne(field, each));
      if (field.shape !== 'map') return [encodeOne(field, value)];
      const entry: Schema = { key: { number: 1, kind: 'string' }, value: { number: 2, kind: field.kind } };
      return Object.entries(value as Message).map(([key, each]) =>
        encodeOne({ number: field.number, kind: entry }, { key, value: each }),
      );
    }),
  );
}

function encodeOne({ number, kind }: Field, value: unknown): Buffer {
  if (kind === 'integer' || kind === 'boolean')
    return Buffer.concat([varint((number << 3) | WIRE.varint), varint(Number(value))]);
  const content =
    kind === 'string'
      ? Buffer.from(value as string)
      : kind === 'bytes'
        ? (value as Buffer)
        : encode(kind, value as Message);
  return Buffer.concat([varint((number << 3) | WIRE.bytes), varint(content.length), content]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(rest)]);
}

interface Reader {
  readonly bytes: Buffer;
  at: number;
}

/** Reads a message; fields that the schema does not name are passed over. */
export function decode(schema: Schema, bytes: Buffer): Message {
  const message: Record<string, unknown> = {};
  const names = new Map(Object.entries(schema).map(([name, field]) => [field.number, { name, field }]));
  const reader: Reader = { bytes, at: 0 };
  while (reader.at < bytes.length) {
    const key = Number(readVarint(reader));
    const raw = readRaw(reader, key & 7);
    const known = names.get(key >> 3);
    if (known === undefined) continue;
    const { name, field } = known;
    if (field.shape === 'list') {
      message[name] = [...((message[name] as readonly unknown[] | undefined) ?? []), valueOf(field, raw)];
    } else if (field.shape === 'map') {
      const entry = decode(
        { key: { number: 1, kind: 'string' }, value: { number: 2, kind: field.kind } },
        raw as Buffer,
      );
      message[name] = {
        ...(message[name] as Message | undefined),
        [(entry['key'] as string | undefined) ?? '']: entry['value'] ?? '',
      };
    } else message[name] = valueOf(field, raw);
  }
  return message;
}

function readVarint(reader: Reader): bigint {
  let value = 0n;
  for (let shift = 0n; ; shift += 7n) {
    const byte = reader.bytes[reader.at];
    if (byte === undefined) throw new Error('a message of containerd ends within a number');
    reader.at += 1;
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return BigInt.asIntN(64, value);
  }
}

function readRaw(reader: Reader, wire: number): bigint | Buffer {
  if (wire === WIRE.varint) return readVarint(reader);
  const length = wire === WIRE.fixed64 ? 8 : wire === WIRE.fixed32 ? 4 : Number(readVarint(reader));
  const content = reader.bytes.subarray(reader.at, reader.at + length);
  reader.at += length;
  return content;
}

function valueOf({ kind }: Field, raw: bigint | Buffer): unknown {
  if (typeof raw === 'bigint') return kind === 'boolean' ? raw !== 0n : Number(raw);
  if (kind === 'string') return raw.toString();
  return typeof kind === 'object' ? decode(kind, raw) : raw;
}
