/**
 * The archive that a kernel unpacks before anything else: cpio in the `newc` format (initramfs buffer format,
 * kernel.org). The kernel reads several concatenated archives as one, so the part that all bottles share need not be
 * written again.
 */

export type Entry =
  | { readonly kind: 'folder'; readonly path: string; readonly mode?: number }
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly mode?: number;
      readonly content: Uint8Array | string;
    }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
  /** A character device, with numbers as in devices.txt (kernel.org). */
  | { readonly kind: 'device'; readonly path: string; readonly major: number; readonly minor: number };

const TYPES = { folder: 0o040000, file: 0o100000, link: 0o120000, device: 0o020000 } as const;
const MODES = { folder: 0o755, file: 0o644, link: 0o777, device: 0o666 } as const;
const TRAILER = 'TRAILER!!!';
const ALIGN = 4;

/**
 * Returns the archive of these entries in their order, which must list a folder before its content. All entries belong
 * to root and have no date, so that equal entries give equal bytes. Pure.
 * @throws Error where a path is not relative
 */
export function cpioOf(entries: readonly Entry[]): Buffer {
  const records = entries.map((entry, index) => {
    if (entry.path.startsWith('/')) throw new Error(`not relative: ${entry.path}`);
    const mode = TYPES[entry.kind] | modeOf(entry);
    const device = entry.kind === 'device' ? entry : NO_DEVICE;
    return record({ path: entry.path, mode, inode: index + 1, device }, contentOf(entry));
  });
  const trailer = { path: TRAILER, mode: 0, inode: 0, device: NO_DEVICE };
  return Buffer.concat([...records, record(trailer, Buffer.alloc(0))]);
}

const NO_DEVICE = { major: 0, minor: 0 };

const modeOf = (entry: Entry): number => ('mode' in entry ? entry.mode : undefined) ?? MODES[entry.kind];

function contentOf(entry: Entry): Uint8Array {
  if (entry.kind === 'link') return Buffer.from(entry.target);
  return entry.kind === 'file' ? Buffer.from(entry.content) : Buffer.alloc(0);
}

interface Head {
  readonly path: string;
  readonly mode: number;
  readonly inode: number;
  readonly device: { readonly major: number; readonly minor: number };
}

function record({ path, mode, inode, device: { major, minor } }: Head, content: Uint8Array): Buffer {
  const name = Buffer.from(`${path}\0`);
  const links = 1;
  // inode, mode, uid, gid, links, time, size, device (2 fields), special device (2 fields), length of the name,
  // checksum
  const fields = [inode, mode, 0, 0, links, 0, content.length, 0, 0, major, minor, name.length, 0];
  const head = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`;
  return Buffer.concat([padded(Buffer.concat([Buffer.from(head), name])), padded(content)]);
}

const padded = (bytes: Uint8Array): Uint8Array =>
  Buffer.concat([bytes, Buffer.alloc((ALIGN - (bytes.length % ALIGN)) % ALIGN)]);
