import { gunzipSync } from 'node:zlib';

/**
 * Derives from a kernel's configuration which of a machine's modules it has built in. A kernel may contain its
 * configuration (CONFIG_IKCONFIG).
 */

/** The module that each option builds in. */
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

/** Returns the built-in modules by the text of a configuration (.config). Pure. */
export const builtinBy = (config: string): readonly string[] =>
  Object.entries(OPTIONS).flatMap(([option, name]) =>
    new RegExp(`^${option}=y$`, 'm').test(config) ? [name] : [],
  );

/** Markers around the compressed configuration (kernel/configs.c). */
const BEGIN = 'IKCFG_ST';
const END = 'IKCFG_ED';
const MOST_BYTES = 4 * 1024 ** 2;

/** Returns the configuration in an unpacked kernel. Undefined where it has none. Pure. */
export function configIn(program: Buffer): string | undefined {
  const begin = program.indexOf(BEGIN);
  const end = begin < 0 ? -1 : program.indexOf(END, begin);
  if (end < 0) return undefined;
  try {
    return gunzipSync(program.subarray(begin + BEGIN.length, end), {
      maxOutputLength: MOST_BYTES,
    }).toString();
  } catch {
    return undefined; // the markers occurred by chance
  }
}
