import { closeSync, readSync } from 'node:fs';
import { SECRET_HEAD_BYTES, secretKind } from './secrets.ts';
import type { Tree } from './tree.ts';

/** What kind of secret a file of a tree is, or undefined. Reads its beginning only where its name leaves it open. */
export function secretKindIn(tree: Tree, path: string): string | undefined {
  return secretKind(path, () => readHead(tree.openFile(path)));
}

function readHead(fd: number | undefined): string {
  if (fd === undefined) return '';
  try {
    const head = Buffer.alloc(SECRET_HEAD_BYTES);
    return head.toString('latin1', 0, readSync(fd, head, 0, SECRET_HEAD_BYTES, 0));
  } finally {
    closeSync(fd);
  }
}
