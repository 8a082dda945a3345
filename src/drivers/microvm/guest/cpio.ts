/**
 * The archive that a kernel unpacks before anything else: cpio in the form `newc` (initramfs buffer format, kernel.org).
 * Several, one behind the other, are one to it: what is the same for all bottles need not be written again.
 */

export type Entry =
  | { readonly kind: 'folder'; readonly path: string; readonly mode?: number }
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly mode?: number;
      readonly content: Uint8Array | string;
    }
  | { readonly kind: 'link'; readonly path: string; readonly target: string };

const TYPES = { folder: 0o040000, file: 0o100000, link: 0o120000 } as const;
const MODES = { folder: 0o755, file: 0o644, link: 0o777 } as const;
const TRAILER = 'TRAILER!!!';
const ALIGN = 4;

/**
 * The archive of these, in their order: a folder before what is in it. Everything is root's, and of no date, so that the same
 * entries give the same bytes. Pure. @throws Error where a path is not relative
 */
export function cpioOf(entries: readonly Entry[]): Buffer {
  const records = entries.map((entry, index) => {
    if (entry.path.startsWith('/')) throw new Error(`not relative: ${entry.path}`);
    const mode = TYPES[entry.kind] | modeOf(entry);
    return record({ path: entry.path, mode, inode: index + 1 }, contentOf(entry));
  });
  return Buffer.concat([...records, record({ path: TRAILER, mode: 0, inode: 0 }, Buffer.alloc(0))]);
}

const modeOf = (entry: Entry): number =>
  entry.kind === 'link' ? MODES.link : (entry.mode ?? MODES[entry.kind]);

const contentOf = (entry: Entry): Uint8Array =>
  entry.kind === 'folder'
    ? Buffer.alloc(0)
    : Buffer.from(entry.kind === 'link' ? entry.target : entry.content);

interface Head {
  readonly path: string;
  readonly mode: number;
  readonly inode: number;
}

function record({ path, mode, inode }: Head, content: Uint8Array): Buffer {
  const name = Buffer.from(`${path}\0`);
  const links = 1;
  // inode, mode, uid, gid, links, time, size, device (two), special device (two), length of the name, checksum
  const fields = [inode, mode, 0, 0, links, 0, content.length, 0, 0, 0, 0, name.length, 0];
  const head = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`;
  return Buffer.concat([padded(Buffer.concat([Buffer.from(head), name])), padded(content)]);
}

const padded = (bytes: Uint8Array): Uint8Array =>
  Buffer.concat([bytes, Buffer.alloc((ALIGN - (bytes.length % ALIGN)) % ALIGN)]);
