import { expect, test } from 'vitest';
import { hasSwap } from '../system/kernel-file.ts';

const HEAD = 'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n';

test.each([
  ['none', HEAD, false],
  ['a partition', `${HEAD}/dev/sda2                               partition\t1048572\t\t0\t\t-2\n`, true],
])('swap is recognised: %s', (_, text, has) => {
  expect(hasSwap(text)).toBe(has);
});
