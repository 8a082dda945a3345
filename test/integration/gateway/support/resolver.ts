import { isIPv4 } from 'node:net';
import { NAMES } from './names.ts';

/** The resolver of the test's internet: the minimum of DNS that getaddrinfo needs. */

interface Question {
  readonly name: string;
  readonly type: number;
  readonly end: number;
}

const asked = new Map<string, number>();

export function questionOf(message: Buffer): Question {
  const labels: string[] = [];
  let at = 12;
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), type: message.readUInt16BE(at + 1), end: at + 5 };
}

export function answerFor(message: Buffer, { name, type, end }: Question): Buffer {
  const addresses = addressesOf(name, type).filter((address) => (type === 1) === isIPv4(address));
  const header = Buffer.from(message.subarray(0, 12));
  header.writeUInt16BE(NAMES[name] === undefined ? 0x8183 : 0x8180, 2);
  header.writeUInt16BE(addresses.length, 6);
  header.writeUInt16BE(0, 10);
  return Buffer.concat([
    header,
    message.subarray(12, end),
    ...addresses.map((address) => record(address, type)),
  ]);
}

function addressesOf(name: string, type: number): readonly string[] {
  const known = NAMES[name] ?? [];
  if (type !== 1 && type !== 28) return [];
  const turns = known.every((entry) => typeof entry === 'string') ? [known] : known;
  const turn = asked.get(`${name} ${type}`) ?? 0;
  asked.set(`${name} ${type}`, turn + 1);
  return turns[Math.min(turn, turns.length - 1)] ?? [];
}

function record(address: string, type: number): Buffer {
  const data = type === 1 ? Buffer.from(address.split('.').map(Number)) : bytesOf(address);
  const head = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 0, 0, data.length]);
  return Buffer.concat([head, data]);
}

function bytesOf(address: string): Buffer {
  const compressed = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [left = '', right] = compressed.split('::');
  const words = (text: string): string[] => text.split(':').filter((word) => word !== '');
  const missing = right === undefined ? 0 : 8 - words(left).length - words(right).length;
  const all = [...words(left), ...Array.from({ length: missing }, () => '0'), ...words(right ?? '')];
  return Buffer.from(
    all.flatMap((word) => [Number.parseInt(word, 16) >> 8, Number.parseInt(word, 16) & 0xff]),
  );
}
