import { expect, test } from 'vitest';
import { parseMountTable } from './mount-table.ts';

test('a mount line with a blank in its path and with optional fields is read', () => {
  const text = '36 35 98:0 /mnt1 /my\\040data rw,noatime master:1 - ext3 /dev/root rw,errors=continue\n';
  expect(parseMountTable(text)).toEqual([
    {
      device: '98:0',
      path: '/my data',
      options: ['rw', 'noatime'],
      type: 'ext3',
      superOptions: ['rw', 'errors=continue'],
    },
  ]);
  expect(parseMountTable('')).toEqual([]);
});
