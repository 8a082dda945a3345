import { createNodeEngine, type NodeCompression } from './engines/node-zlib.ts';
import type { Compression, Engine } from './engines/types.ts';
import { createXzEngine } from './engines/xz.ts';
import { createZstdEngine } from './engines/zstd.ts';

export type { Compression, Engine, Written } from './engines/types.ts';

/** Kinds that views take apart themselves. */
const WITHOUT_ENGINE: ReadonlySet<Compression> = new Set(['zip', 'png']);

/**
 * An engine, or undefined where there is none of this kind. `mostOutput`: what is written to it is never undone to more, which may
 * save memory.
 */
export function createEngine(kind: Compression, mostOutput?: number): Engine | undefined {
  if (WITHOUT_ENGINE.has(kind)) return undefined;
  if (kind === 'xz') return createXzEngine(mostOutput);
  if (kind === 'zstd') return createZstdEngine();
  return createNodeEngine(kind as NodeCompression);
}
