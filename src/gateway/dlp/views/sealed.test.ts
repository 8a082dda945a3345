import * as zlib from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { pass } from '../passing.testing.ts';
import { sealedIn } from './sealed.ts';

/** The same text with the secret, by the programs of these names. */
const SAMPLES = {
  // Of an empty one, its head is all.
  '7z': Buffer.from(`377abcaf271c00048d9bd50f${'00'.repeat(20)}`, 'hex').toString('base64'),
  xz:
    '/Td6WFoAAATm1rRGBMDzAbQDIQEcAAAAAAAAAL5w5wbgAbMA610ANJuK76/jaJPTx89ZRDg4HKo1YhErEf9R/tKP5u5u7Y1vRfENPEeIw0WhN6' +
    'c8N+mFK0rl+D8SEHjQIaBGgwaJ5kwpX2XHtuqTSEM80VhPCM0cQ6EfsF1tUoOhgZSofjOLhxOhDL79pma1BNz2OKwe0GlteZeX49+m4ZhbaIK4' +
    'ucVxntNSRPsi/4WMz4ZmwMwJW/WTlY0e2d4y107MsxCOJ8ixXnVD5NRzi8wi5pbymZjk6/+TrDWvr+GYboGM712WLmNBguFkwoy1EE/ahoFx/r' +
    'atu8WgQjU8w/D93VwdB71fEMkHc1KOEr94AAAA3HBB8nlVtv0AAY8CtAMAACRGJcaxxGf7AgAAAAAEWVo=',
  bzip2:
    'QlpoOTFBWSZTWa1sCfQAAIUZgEAAf+A/7Z+gMAD0wGjSMSnpGnpPRAAqfo0SBoAGQBIkJomT0hoGjT1J0yhmgmauvmZ1CsNw7opWBZjF3gDRQ5' +
    'vSKixXVzChiXl6GCIqXgMzrr0GDgNiinc7Z7O5dsaUtQPauZIrMxPFw2m/G19c872MoO6BURPAUGwXr0dBbb+0m6UZnNcejSGmwbwmHkLhBhul' +
    'lYO6LamCCFJFoQqixXMhSFRMXAQAxNVRJKYrKotg5FCgvGn4HDgjOTWbvEAyHIuRig1RkSCkwnJnY/i7kinChIVrYE+g',
  zstd:
    'KLUv/WS0APUGABLMIReAaxsARlQhQRGRJFaIDG7WRrQzvTBTGu0at2um8dsdpTUwpdBKSFArgSGVIQiJ4WooGIhVpEQpAalQwBKWqkAlYiqtXc' +
    'ynSL/xn1yF273xU5Fu/EUb1P2Sy8jDXbz2w74kzNsMt+6fh298u0bEeT78g442Ho1vvLgr0n8OD7wq3JR9F8/9XCYoEDSn7gEwBFLUxlYMhRAM' +
    'WYDLFM9ETkOlABTQKa6F2Q9HA7Dp1LkRI3oQhJbn4ppgERCBBAhubFkIM3DYiIJTCAwY+ZGLAU1lMnT8rKxejV5xAoa8DTs=',
} as const;

const bytesOf = (sample: string): Buffer => Buffer.from(sample, 'base64');

describe('what nobody can undo is refused', () => {
  test.each(Object.entries(SAMPLES))('%s, among other bytes', (kind, sample) => {
    const [before, after] = [Buffer.from([1, 2, 3, 250]), Buffer.from([0, 9])];
    const outcome = pass([Buffer.concat([before, bytesOf(sample), after])]);
    const isUndone = kind === 'zstd' && 'createZstdDecompress' in zlib;
    expect(outcome).toMatchObject({ blocked: true, findings: [{ id: isUndone ? 'API_KEY' : kind }] });
  });

  test('within another encoding', () => {
    const outcome = pass([Buffer.from(JSON.stringify({ file: bytesOf(SAMPLES.xz).toString('hex') }))]);
    expect(outcome).toMatchObject({ blocked: true, findings: [{ detector: 'undecodable', id: 'xz' }] });
  });

  test('unless the rule lets it pass', () => {
    expect(
      pass([bytesOf(SAMPLES.xz)], {
        action: { secret: 'block', canary: 'block', pattern: 'block', undecodable: 'pass' },
      }).blocked,
    ).toBe(false);
  });
});

const zstdOf = (digits: string): Buffer => Buffer.from(`28b52ffd${digits.replaceAll(' ', '')}`, 'hex');

test.each([
  [
    'a mark of zstd without a frame',
    Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
  ],
  ['a mark of zstd at the end', Buffer.from([0x28, 0xb5, 0x2f, 0xfd])],
  ['one before small numbers, as in a program that has lists of them', zstdOf('0000010101010101010100')],
  ['one before zeros, and what is no block', zstdOf(`${'00'.repeat(14)}070000`)],
  ['zstd of a text as it is', zstdOf('0000290000 68656c6c6f')],
  ['the mark of xz in a program that reads it', Buffer.from('\xfd7zXZ\0\0YZ\0\0\0\0BZh', 'latin1')],
  ['the mark of 7z in one', Buffer.from(`7z\xbc\xaf\x27\x1c\0\x04${'\0'.repeat(30)}PK`, 'latin1')],
  ['the digits of pi in BCD', Buffer.from([0, 0, 0, 0, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59])],
  ['the name of a format', Buffer.from('an .xz, a .7z, BZh9')],
])('%s is no archive', (_, bytes) => {
  expect(sealedIn(bytes)).toBeUndefined();
});

test.each([
  ['a packed block', '0000 1c0000 00'],
  ['a packed block behind an empty one', '0000 000000 1c0000 00'],
  ['a text in two blocks', '0000 100000 7365 190000 637265'],
  ['a block that goes on behind what is here', '0048 840100 ff'],
  ['empty blocks without end, which are not all followed', `0000 ${'000000'.repeat(1_000)}`],
])('zstd with %s is one', (_, digits) => {
  const isUndone = 'createZstdDecompress' in zlib;
  expect(sealedIn(zstdOf(digits))).toBe(isUndone ? undefined : 'zstd');
});
