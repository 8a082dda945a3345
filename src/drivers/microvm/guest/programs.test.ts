import { expect, test } from 'vitest';
import { librariesIn } from './programs.ts';

test("libraries and the loader are found, and the kernel's own are not", () => {
  const said = [
    '\tlinux-vdso.so.1 (0x00007ffd2b5f1000)',
    '\tlibz.so.1 => /lib/x86_64-linux-gnu/libz.so.1 (0x00007f3c)',
    '\t/lib64/ld-linux-x86-64.so.2 (0x00007f3d)',
    '\tlibmissing.so => not found',
  ].join('\n');
  expect(librariesIn(said)).toEqual(['/lib/x86_64-linux-gnu/libz.so.1', '/lib64/ld-linux-x86-64.so.2']);
});

test('a static program has no libraries', () => {
  expect(librariesIn('\tnot a dynamic executable\n')).toEqual([]);
});
