import { closeSync, readSync } from 'node:fs';
import { isBinary, SECRET_HEAD_BYTES, secretContent, secretKind } from './secrets.ts';
import type { Tree } from '../tree.ts';

/** Which secret is in a text, by rules that somebody else has; undefined where there is none. */
export type FindSecret = (text: Buffer) => string | undefined;

/** What kind of secret a file of a tree is by its name, or undefined. Reads its beginning only where its name leaves it open. */
export function secretKindIn(tree: Tree, path: string): string | undefined {
  return secretKind(path, () => readHead(tree, path, SECRET_HEAD_BYTES).toString('latin1'));
}

/** Of all files together so much is looked at as of each of them; of what comes after that, only beginnings. */
const MOST_LOOKED_AT_BYTES = 512 * 1024 ** 2;
const SHORT_HEAD_BYTES = 16 * 1024;

/** Looks for secrets in the files of a tree, by name and by content. It reads a bounded part of each, and of all. */
export class SecretLook {
  readonly #find: FindSecret;
  #lookedAtBytes = 0;

  constructor(find: FindSecret) {
    this.#find = find;
  }

  /** What kind of secret a file is, or undefined. */
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

/** One for all files: it is read into and looked at within one call. */
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
