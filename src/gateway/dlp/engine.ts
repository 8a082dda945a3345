import { createNodeEngine } from './engines/node-zlib.ts';
import type { Compression, Engine } from './engines/types.ts';
import { createZstdEngine } from './engines/zstd.ts';

export type { Compression, Engine, Written } from './engines/types.ts';

/** Returns an engine, or undefined if this kind has none: views decode `zip`. */
export function createEngine(kind: Compression): Engine | undefined {
  if (kind === 'zip') return undefined;
  return kind === 'zstd' ? createZstdEngine() : createNodeEngine(kind);
}
