import { createNodeEngine, type NodeCompression } from './engines/node-zlib.ts';
import type { Compression, Engine } from './engines/types.ts';
import { createZstdEngine } from './engines/zstd.ts';

export type { Compression, Engine, Written } from './engines/types.ts';

/** Compressions that views decode without an engine. */
const WITHOUT_ENGINE: ReadonlySet<Compression> = new Set(['zip', 'png']);

/** Returns an engine, or undefined if this kind has none. */
export function createEngine(kind: Compression): Engine | undefined {
  if (WITHOUT_ENGINE.has(kind)) return undefined;
  if (kind === 'zstd') return createZstdEngine();
  return createNodeEngine(kind as NodeCompression);
}
