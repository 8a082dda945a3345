import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SnapshotMount } from '../containerd/client.ts';

/** A file of a root by the layers that containerd would mount, the topmost first; undefined where there is none. */
export function readInRoot(mounts: readonly SnapshotMount[], path: string): string | undefined {
  for (const layer of layersOf(mounts)) {
    try {
      return readFileSync(join(layer, path), 'utf8');
    } catch {
      // not in this one
    }
  }
  return undefined;
}

/** The folders of an overlay (the kernel's overlayfs.rst), or the one of a bind mount. */
function layersOf(mounts: readonly SnapshotMount[]): readonly string[] {
  const [mount] = mounts;
  if (mount?.type !== 'overlay') return mount?.source === undefined ? [] : [mount.source];
  const valueOf = (name: string): readonly string[] =>
    (mount.options ?? []).flatMap((option) =>
      option.startsWith(`${name}=`) ? option.slice(name.length + 1).split(':') : [],
    );
  return [...valueOf('upperdir'), ...valueOf('lowerdir')];
}
