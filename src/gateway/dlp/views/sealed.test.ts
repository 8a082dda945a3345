import { describe, expect, test } from 'vitest';
import { zstdOf } from '../body/compressed.testing.ts';
import { pass, SECRET } from '../passing.testing.ts';
import { sealedIn } from './sealed.ts';

/** The same text with the secret, compressed by the programs of these names. */
const SAMPLES = {
  // The head of an empty archive, which has nothing else.
  '7z': Buffer.from(`377abcaf271c00048d9bd50f${'00'.repeat(20)}`, 'hex'),
  bzip2: Buffer.from(
    'QlpoOTFBWSZTWa1sCfQAAIUZgEAAf+A/7Z+gMAD0wGjSMSnpGnpPRAAqfo0SBoAGQBIkJomT0hoGjT1J0yhmgmauvmZ1CsNw7opWBZjF3gDRQ5' +
      'vSKixXVzChiXl6GCIqXgMzrr0GDgNiinc7Z7O5dsaUtQPauZIrMxPFw2m/G19c872MoO6BURPAUGwXr0dBbb+0m6UZnNcejSGmwbwmHkLhBhul' +
      'lYO6LamCCFJFoQqixXMhSFRMXAQAxNVRJKYrKotg5FCgvGn4HDgjOTWbvEAyHIuRig1RkSCkwnJnY/i7kinChIVrYE+g',
    'base64',
  ),
  // The head that `--long=31` writes for a text of 3 GiB.
  zstd: zstdOf(SECRET, { windowDescriptor: 0xa8 }),
} as const;

describe('encrypted content', () => {
  test.each(Object.entries(SAMPLES))('is refused among other bytes: %s', (kind, sample) => {
    const [before, after] = [Buffer.from([1, 2, 3, 250]), Buffer.from([0, 9])];
    const outcome = pass([Buffer.concat([before, sample, after])]);
    expect(outcome).toMatchObject({ blocked: true, findings: [{ detector: 'undecodable', id: kind }] });
  });

  test('is refused within another encoding', () => {
    const outcome = pass([Buffer.from(JSON.stringify({ file: SAMPLES.bzip2.toString('hex') }))]);
    expect(outcome).toMatchObject({ blocked: true, findings: [{ detector: 'undecodable', id: 'bzip2' }] });
  });

  test('passes where the rule allows it', () => {
    expect(
      pass([SAMPLES.bzip2], {
        action: { secret: 'block', canary: 'block', pattern: 'block', undecodable: 'pass' },
      }).blocked,
    ).toBe(false);
  });
});

/** Returns a zstd frame of these bytes, in hex, behind its mark. Windows of 0xa8 are 2 GiB. */
const frameOf = (digits: string): Buffer => Buffer.from(`28b52ffd${digits.replaceAll(' ', '')}`, 'hex');

test.each([
  [
    'a mark of zstd without a frame',
    Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
  ],
  ['a mark of zstd at the end', Buffer.from([0x28, 0xb5, 0x2f, 0xfd])],
  ['one before small numbers, as in a program that has lists of them', frameOf('0101010101010101010100')],
  ['one before zeros, and what is no block', frameOf(`00a8${'00'.repeat(12)}070000`)],
  ['zstd of a text as it is', frameOf('00a8290000 68656c6c6f')],
  ['a frame of zstd that can be undone', frameOf('0058 1c0000 00')],
  ['the mark of xz in a program that reads it', Buffer.from('\xfd7zXZ\0\0YZ\0\0\0\0BZh', 'latin1')],
  ['the mark of 7z in one', Buffer.from(`7z\xbc\xaf\x27\x1c\0\x04${'\0'.repeat(30)}PK`, 'latin1')],
  ['the digits of pi in BCD', Buffer.from([0, 0, 0, 0, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59])],
  ['the name of a format', Buffer.from('an .xz, a .7z, BZh9')],
])('does not include %s', (_, bytes) => {
  expect(sealedIn(bytes)).toBeUndefined();
});

test.each([
  ['a dictionary', '0158 07 1c0000 00'],
  ['a packed block', '00a8 1c0000 00'],
  ['a packed block behind an empty one', '00a8 000000 1c0000 00'],
  ['a text in two blocks', '00a8 100000 7365 190000 637265'],
  ['a block that goes on behind what is here', '00a8 840100 ff'],
  ['empty blocks without end, which are not all followed', `00a8 ${'000000'.repeat(1_000)}`],
])('includes zstd with %s, which the gateway cannot decode', (_, digits) => {
  expect(sealedIn(frameOf(digits))).toBe('zstd');
});
