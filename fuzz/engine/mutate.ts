import type { Random } from './random.ts';

/** Makes one input from others, as a hostile sender or a faulty network would. */

export interface Material {
  readonly random: Random;
  readonly tokens: readonly Buffer[];
  readonly maxBytes: number;
  /** Another input, as a source of parts. */
  readonly other: Buffer;
}

type Mutation = (input: Buffer, material: Material) => Buffer;

/** Numbers at the limits of types, and other common limits. */
const BORDERS = [0, 1, 0x7f, 0x80, 0xff, 0x100, 0x3fff, 0x4000, 0x7fff, 0x8000, 0xffff, 0x10000, 0xffffff];
const MOST_MUTATIONS = 6;

const MUTATIONS: readonly Mutation[] = [
  (input, { random }) => changed(input, random, (byte) => byte ^ (1 << random(8))),
  (input, { random }) => changed(input, random, () => random(256)),
  (input, { random }) =>
    changed(input, random, (byte) => byte + (random(2) === 0 ? 1 : -1) * (1 + random(16))),
  /** Writes a number of one to three bytes, like a length. */
  (input, { random }) => {
    const size = 1 + random(3);
    if (input.length < size) return input;
    const value = (BORDERS[random(BORDERS.length)] ?? 0) % 2 ** (8 * size);
    const out = Buffer.from(input);
    out.writeUIntBE(
      random(2) === 0 ? value : Math.min(input.length, value),
      random(input.length - size + 1),
      size,
    );
    return out;
  },
  /** Inserts a token, or overwrites bytes with it. */
  (input, material) => withToken(input, material, 0),
  (input, material) => withToken(input, material, 1),
  (input, { random }) => {
    const [from, to] = span(input, random);
    return Buffer.concat([input.subarray(0, from), input.subarray(to)]);
  },
  (input, { random }) => input.subarray(0, random(input.length + 1)),
  /** Copies a block to another place in the same input. */
  (input, { random }) => {
    const [from, to] = span(input, random);
    const at = random(input.length + 1);
    return Buffer.concat([input.subarray(0, at), input.subarray(from, to), input.subarray(at)]);
  },
  /** Inserts one byte many times. */
  (input, { random }) => {
    const at = random(input.length + 1);
    const byte = input.length === 0 ? random(256) : (input[random(input.length)] ?? 0);
    return Buffer.concat([input.subarray(0, at), Buffer.alloc(1 + random(256), byte), input.subarray(at)]);
  },
  (input, { random, other }) =>
    Buffer.concat([input.subarray(0, random(input.length + 1)), other.subarray(random(other.length + 1))]),
  (input, { random, other }) => {
    const [from, to] = span(other, random);
    const at = random(input.length + 1);
    return Buffer.concat([input.subarray(0, at), other.subarray(from, to), input.subarray(at)]);
  },
];

/** Returns the input with one to `MOST_MUTATIONS` changes, at most `maxBytes` long. */
export function mutate(input: Buffer, material: Material): Buffer {
  const { random, maxBytes } = material;
  let out = input;
  for (let count = 1 + random(MOST_MUTATIONS); count > 0; count -= 1) {
    out = MUTATIONS[random(MUTATIONS.length)]?.(out, material) ?? out;
  }
  return out.subarray(0, maxBytes);
}

function changed(input: Buffer, random: Random, change: (byte: number) => number): Buffer {
  if (input.length === 0) return input;
  const out = Buffer.from(input);
  const at = random(out.length);
  out[at] = change(out[at] ?? 0);
  return out;
}

function withToken(input: Buffer, { random, tokens }: Material, isOver: 0 | 1): Buffer {
  const token = tokens[random(tokens.length)];
  if (token === undefined) return input;
  const at = random(input.length + 1);
  return Buffer.concat([input.subarray(0, at), token, input.subarray(at + isOver * token.length)]);
}

function span({ length }: Buffer, random: Random): readonly [from: number, to: number] {
  const from = random(length + 1);
  return [from, Math.min(length, from + 1 + random(random(2) === 0 ? 8 : length))];
}
