import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateSync, gzipSync } from 'node:zlib';

/**
 * Bodies of many megabytes with packed content, made on demand: archives of the sources in node_modules, and pictures.
 */

const root = join(import.meta.dirname, '..', '..');
const SOURCES = /\.(?:[cm]?[jt]s|json|md|map|css|html)$/;
const TARBALL_BYTES = 21e6;
const PICTURE = { width: 4_000, height: 1_500 } as const;

/**
 * Returns a gzip tarball of 21 MB of the sources in node_modules; repeats it if they are fewer. Writes the list of its
 * files to `folder`.
 */
export function makeTarball(folder: string): Buffer {
  const listPath = join(folder, 'sources.txt');
  const paths = sourcesIn(join(root, 'node_modules'));
  writeFileSync(listPath, paths.join('\0'));
  const tar = execFileSync('tar', ['-cf', '-', '--null', '-T', listPath], {
    maxBuffer: 1 << 30,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const once = gzipSync(tar);
  // Gzip members can follow each other, and the gateway inspects each separately.
  const all = Buffer.concat(Array.from({ length: Math.ceil(TARBALL_BYTES / once.length) }, () => once));
  return all.subarray(0, TARBALL_BYTES);
}

function sourcesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && SOURCES.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Returns the sources in a zip, which packs each file separately. Undefined: this machine has no `zip`. */
export function makeZip(folder: string): Buffer | undefined {
  const path = join(folder, 'sources.zip');
  if (!existsSync('/usr/bin/zip')) return undefined;
  execFileSync(
    'zip',
    ['-q', '-r', path, 'node_modules/@babel', 'node_modules/typescript', 'node_modules/zod'],
    {
      cwd: root,
    },
  );
  return readFileSync(path);
}

/** Returns a PNG like that of a photograph: each pixel is the previous one plus noise. */
export function makePng(): Buffer {
  const { width, height } = PICTURE;
  const rows = Buffer.alloc(height * (1 + 3 * width));
  const noise = randomBytes(rows.length);
  for (let at = 0; at < rows.length; at += 1)
    rows[at] = at % (1 + 3 * width) === 0 ? 1 : (noise[at]! & 7) - 3;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

/** Returns a JPEG as it looks to a reader that does not decode it: a head, and noise without 0xff. */
export function makeJpeg(): Buffer {
  const data = randomBytes(8e6).map((byte) => (byte === 0xff ? 0xfe : byte));
  return Buffer.concat([Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex'), data]);
}
