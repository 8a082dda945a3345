/** For tests: reads archives by the kernel's format (buffer-format.rst), up to their trailer. */

export interface FoundEntry {
  readonly path: string;
  /** Type and permission bits, octal. */
  readonly mode: string;
  /** MAJOR:MINOR. */
  readonly device: string;
  readonly content: Buffer;
}

const HEAD_BYTES = 110;
const TRAILER = 'TRAILER!!!';
const aligned = (length: number): number => Math.ceil(length / 4) * 4;

/**
 * Reads fields of 8 hex digits after a magic of 6 characters.
 * @throws Error where the format differs, or an entry is not root's or has a date
 */
export function readCpio(archive: Buffer): readonly FoundEntry[] {
  const found: FoundEntry[] = [];
  for (let at = 0; found.at(-1)?.path !== TRAILER;) {
    const head = archive.toString('latin1', at, at + HEAD_BYTES);
    const [, mode = 0, uid, gid, , time, size = 0, , , major, minor, nameBytes = 0] = Array.from(
      { length: 13 },
      (_, index) => Number.parseInt(head.slice(6 + index * 8, 14 + index * 8), 16),
    );
    if (head.slice(0, 6) !== '070701' || uid !== 0 || gid !== 0 || time !== 0)
      throw new Error(`not as it should be: ${head}`);
    const path = archive.toString('utf8', at + HEAD_BYTES, at + HEAD_BYTES + nameBytes - 1);
    const from = at + aligned(HEAD_BYTES + nameBytes);
    const content = archive.subarray(from, from + size);
    found.push({ path, mode: mode.toString(8), device: `${major}:${minor}`, content });
    at = from + aligned(size);
  }
  return found;
}
