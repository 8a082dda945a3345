import { createHash } from 'node:crypto';
import type { Send } from '../family.ts';
import type { Row } from '../row.ts';

/** What honest programs send: all of it must arrive, and whole. */

export const honest = (
  rule: Row['rule'],
  rows: readonly (readonly [id: string, source: string, send: Send, arrives?: readonly string[]])[],
): Row[] =>
  rows.map(([id, source, send, arrives]) => ({
    id: `honest: ${id}`,
    source,
    rule,
    send,
    verdict: 'allow',
    ...(arrives === undefined ? {} : { arrives: () => arrives }),
  }));

/** How the canary tells of a body that came whole. */
export const whole = (body: string): readonly string[] => [
  `sha256 ${createHash('sha256').update(Buffer.from(body, 'latin1')).digest('hex')}`,
];

/** Bytes that look random, and are the same each time. */
export function noise(seed: string, size: number): Buffer {
  const blocks: Buffer[] = [];
  for (let index = 0; index * 32 < size; index += 1)
    blocks.push(createHash('sha256').update(`${seed} ${index}`).digest());
  return Buffer.concat(blocks).subarray(0, size);
}

export const latin1 = (text: string | Buffer): string => Buffer.from(text as string).toString('latin1');
