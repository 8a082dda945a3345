import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { builtinBy, configIn } from './kernel-config.ts';

const CONFIG =
  'CONFIG_EXT4_FS=y\nCONFIG_EROFS_FS=m\n# CONFIG_OVERLAY_FS is not set\nCONFIG_HW_RANDOM_VIRTIO=y\n';

test('a built-in option counts, but not a module or an absent one', () => {
  expect(builtinBy(CONFIG)).toEqual(['virtio_rng', 'ext4']);
  expect(builtinBy('')).toEqual([]);
});

test('a configuration is found in a kernel that contains one', () => {
  const packed = gzipSync(CONFIG);
  const program = Buffer.concat([Buffer.from('code IKCFG_ST'), packed, Buffer.from('IKCFG_ED code')]);
  expect(configIn(program)).toBe(CONFIG);
});

test.each([
  ['has none', 'code'],
  ['has but the words', 'IKCFG_ST nothing packed IKCFG_ED'],
  ['is cut off', 'IKCFG_ST'],
])('no configuration is found in a kernel that %s', (_what, text) => {
  expect(configIn(Buffer.from(text))).toBeUndefined();
});
