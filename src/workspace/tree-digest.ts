import { createHash, type Hash } from 'node:crypto';
import { closeSync, fstatSync, readSync, statSync } from 'node:fs';
import { BottleError } from '../errors.ts';
import { escapeText } from '../ui/terminal/text.ts';
import { Breather } from '../host/together.ts';
import { Tree } from './tree.ts';

const CHUNK_BYTES = 256 * 1024;
const PERMISSIONS = 0o7777;

/**
 * Returns `sha256:<hex>` over everything in a folder, in path order: permissions, and a file's size and content or a
 * link's target. Follows no link.
 * @throws BottleError `usage` if there is anything but files, folders and links
 */
export async function digestOfTree(rootPath: string): Promise<string> {
  using tree = new Tree(rootPath);
  const breather = new Breather();
  const hash = createHash('sha256');
  const paths = [''];
  for (let path = paths.pop(); path !== undefined; path = paths.pop()) {
    await breather.step();
    // JSON, so that no name can imitate another name with its data.
    hash.update(`${JSON.stringify([path, ...describe(tree, path)])}\n`);
    const names = isFolder(tree, path) ? tree.list(path).map(({ name }) => name) : [];
    // `pop` takes the last name first.
    for (const name of names.sort().toReversed()) paths.push(path === '' ? name : `${path}/${name}`);
  }
  return `sha256:${hash.digest('hex')}`;
}

const isFolder = (tree: Tree, path: string): boolean => path === '' || tree.entry(path)?.kind === 'folder';

function describe(tree: Tree, path: string): readonly (string | number)[] {
  const entry = path === '' ? { kind: 'folder' as const } : tree.entry(path);
  const folder = entry?.kind === 'folder' ? tree.folder(path) : undefined;
  const file = entry?.kind === 'file' ? tree.openFile(path) : undefined;
  if (entry?.kind === 'link') return ['link', entry.target];
  if (folder !== undefined) return ['folder', statSync(folder).mode & PERMISSIONS];
  if (file !== undefined) return describeFile(file);
  throw new BottleError('usage', `${escapeText(path)} is neither a file, a folder nor a link`, {
    fix: 'an installation script of the agent’s program left it there; start again, and where it stays so, please report it with the lines above',
  });
}

/** Closes `fd`. */
function describeFile(fd: number): readonly (string | number)[] {
  try {
    const { mode, size } = fstatSync(fd);
    return ['file', mode & PERMISSIONS, size, hashFile(createHash('sha256'), fd).digest('hex')];
  } finally {
    closeSync(fd);
  }
}

function hashFile(hash: Hash, fd: number): Hash {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  for (let length = -1; length !== 0;) {
    length = readSync(fd, chunk, 0, CHUNK_BYTES, null);
    hash.update(chunk.subarray(0, length));
  }
  return hash;
}
