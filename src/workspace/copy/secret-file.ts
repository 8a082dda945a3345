import { closeSync, readSync } from 'node:fs';
import { isBinary, SECRET_HEAD_BYTES, secretContent, secretKind } from './secrets.ts';
import type { Tree } from '../tree.ts';

/** Returns which secret a text contains, by rules of the caller; undefined if there is none. */
export type FindSecret = (text: Buffer) => string | undefined;

/**
 * Returns the kind of secret that a file of a tree is by its name, or undefined. Reads the beginning only if the name
 * leaves it open.
 */
export function secretKindIn(tree: Tree, path: string): string | undefined {
  return secretKind(path, () => readHead(tree, path, SECRET_HEAD_BYTES).toString('latin1'));
}

/** After this many bytes of all files together, `SecretLook` reads only short beginnings. */
const MOST_LOOKED_AT_BYTES = 512 * 1024 ** 2;
const SHORT_HEAD_BYTES = 16 * 1024;

/**
 * Looks for secrets in a tree's files, by name and by content. Reads a limited part of each file, and of all together.
 */
export class SecretLook {
  readonly #find: FindSecret;
  #lookedAtBytes = 0;

  constructor(find: FindSecret) {
    this.#find = find;
  }

  /** Returns the kind of secret that a file is, or undefined. */
  kindOf(tree: Tree, path: string): string | undefined {
    const isShort = this.#lookedAtBytes > MOST_LOOKED_AT_BYTES;
    let head: Buffer | undefined;
    const read = (): Buffer =>
      (head ??= readHead(tree, path, isShort ? SHORT_HEAD_BYTES : SECRET_HEAD_BYTES));
    const byName = secretKind(path, () => read().toString('latin1'));
    if (byName !== undefined) return byName;
    const content = read();
    this.#lookedAtBytes += content.length;
    return secretContent(content) ?? (isBinary(content) ? undefined : this.#find(content));
  }
}

/** One buffer for all files: each call of `kindOf` or `secretKindIn` fills and inspects it before the next. */
const HEAD = Buffer.alloc(SECRET_HEAD_BYTES);

function readHead(tree: Tree, path: string, bytes: number): Buffer {
  const fd = tree.openFile(path);
  if (fd === undefined) return HEAD.subarray(0, 0);
  try {
    return HEAD.subarray(0, readSync(fd, HEAD, 0, bytes, 0));
  } finally {
    closeSync(fd);
  }
}
