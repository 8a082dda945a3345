import { gunzipSync } from 'node:zlib';

/** Which of a machine's modules a kernel has built in, by its configuration, which a kernel may have in itself (CONFIG_IKCONFIG). */

/** What is built in by each option. */
const OPTIONS: Readonly<Record<string, string>> = {
  CONFIG_VIRTIO_MMIO: 'virtio_mmio',
  CONFIG_VIRTIO_BLK: 'virtio_blk',
  CONFIG_VIRTIO_NET: 'virtio_net',
  CONFIG_HW_RANDOM_VIRTIO: 'virtio_rng',
  CONFIG_VIRTIO_BALLOON: 'virtio_balloon',
  CONFIG_EROFS_FS: 'erofs',
  CONFIG_EXT4_FS: 'ext4',
  CONFIG_OVERLAY_FS: 'overlay',
};

/** Of a configuration's text (.config). Pure. */
export const builtinBy = (config: string): readonly string[] =>
  Object.entries(OPTIONS).flatMap(([option, name]) =>
    new RegExp(`^${option}=y$`, 'm').test(config) ? [name] : [],
  );

/** Around the packed configuration (kernel/configs.c). */
const BEGIN = 'IKCFG_ST';
const END = 'IKCFG_ED';
const MOST_BYTES = 4 * 1024 ** 2;

/** The configuration in an unpacked kernel; undefined where it has none. Pure. */
export function configIn(program: Buffer): string | undefined {
  const begin = program.indexOf(BEGIN);
  const end = begin < 0 ? -1 : program.indexOf(END, begin);
  if (end < 0) return undefined;
  try {
    return gunzipSync(program.subarray(begin + BEGIN.length, end), {
      maxOutputLength: MOST_BYTES,
    }).toString();
  } catch {
    return undefined; // these words were something else
  }
}
