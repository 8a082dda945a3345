import { expect, test } from 'vitest';
import { leftOut } from './left-out.ts';

test('nothing is left out where root has KVM', () => {
  expect(leftOut(true, true)).toEqual({ files: [], said: [] });
});

test.each([
  [false, true, 'left out: the stand-ins for Kata and nerdctl, as there is no /dev/kvm'],
  [true, false, 'left out: the stand-ins for Kata and nerdctl, as it needs root'],
])('with KVM %s, as root %s: %s', (hasKvm, asRoot, line) => {
  const { files, said } = leftOut(hasKvm, asRoot);
  expect(said).toEqual([line]);
  expect(files).toContain('test/**/kata*.test.ts');
});
