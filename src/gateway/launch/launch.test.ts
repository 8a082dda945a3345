import { describe, expect, test } from 'vitest';
import { dataLimitBytes } from './launch.ts';

const MIB = 1024 * 1024;
const line = (from: number, bytes: number, mode: string): string =>
  `${from.toString(16)}-${(from + bytes).toString(16)} ${mode} 00000000 00:00 0 `;

describe('the limit of the gateway’s memory', () => {
  test('is 640 MiB where nothing big is both writable and to be run', () => {
    const maps = [
      line(0x400000, 900 * MIB, 'r-xp'),
      line(0x7f0000000000, 900 * MIB, 'rw-p'),
      line(0x7f1000000000, 900 * MIB, '---p'),
      line(0x7f2000000000, 63 * MIB, 'rwxp'),
    ].join('\n');
    expect(dataLimitBytes(maps)).toBe(640 * MIB);
  });

  test('grows by what is reserved for machine code, also where that is in pieces', () => {
    const maps = [
      line(0x7f9dc8000000, 200 * MIB, 'rwxp'),
      line(0x7f9dd4800000, 256 * 1024, 'r-xp'),
      line(0x7f9dd4840000, 310 * MIB, 'rwxp'),
    ].join('\n');
    expect(dataLimitBytes(maps)).toBe((640 + 512) * MIB);
  });
});
