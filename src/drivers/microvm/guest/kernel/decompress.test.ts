import { expect, test } from 'vitest';
import { noUnpacker } from './decompress.ts';

test.each([
  ['lz4', 'debian', 'sudo apt install lz4; or take a newer kernel package'],
  ['xz', 'debian', 'sudo apt install xz-utils; or take a newer kernel package'],
  ['lz4', 'fedora', 'sudo dnf install lz4; or take a newer kernel package'],
] as const)('where %s is missing on %s, the error names its package and a newer kernel', (kind, id, fix) => {
  const error = noUnpacker(kind, `ID=${id}\n`);
  expect(error.code).toBe('dependencyMissing');
  expect(error.message).toContain(`packed with ${kind}`);
  expect(error.fix).toContain(fix);
});
