import { createHash } from 'node:crypto';
import type { Send } from '../family.ts';
import type { Row } from '../row.ts';

/** Requests of honest programs: each must arrive, and complete. */

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

/** Returns the texts by which the canary reports that a body arrived complete. */
export const whole = (body: string): readonly string[] => [
  `sha256 ${createHash('sha256').update(Buffer.from(body, 'latin1')).digest('hex')}`,
];

/** Returns bytes that look random; the same seed gives the same bytes. */
export function noise(seed: string, size: number): Buffer {
  const blocks: Buffer[] = [];
  for (let index = 0; index * 32 < size; index += 1)
    blocks.push(createHash('sha256').update(`${seed} ${index}`).digest());
  return Buffer.concat(blocks).subarray(0, size);
}

export const latin1 = (text: string | Buffer): string => Buffer.from(text as string).toString('latin1');
