import { describe, expect, test } from 'vitest';
import { dataLimitBytes } from './launch.ts';

const MIB = 1024 * 1024;
const line = (from: number, bytes: number, mode: string): string =>
  `${from.toString(16)}-${(from + bytes).toString(16)} ${mode} 00000000 00:00 0 `;

describe('the memory limit of the gateway', () => {
  test('is 640 MiB where no large area is both writable and executable', () => {
    const maps = [
      line(0x400000, 900 * MIB, 'r-xp'),
      line(0x7f0000000000, 900 * MIB, 'rw-p'),
      line(0x7f1000000000, 900 * MIB, '---p'),
      line(0x7f2000000000, 63 * MIB, 'rwxp'),
    ].join('\n');
    expect(dataLimitBytes(maps)).toBe(640 * MIB);
  });

  test('grows by the memory reserved for machine code, even in several areas', () => {
    const maps = [
      line(0x7f9dc8000000, 200 * MIB, 'rwxp'),
      line(0x7f9dd4800000, 256 * 1024, 'r-xp'),
      line(0x7f9dd4840000, 310 * MIB, 'rwxp'),
    ].join('\n');
    expect(dataLimitBytes(maps)).toBe((640 + 512) * MIB);
  });
});
