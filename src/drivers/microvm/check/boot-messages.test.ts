import { describe, expect, it, test } from 'vitest';
import { parseBootMessages, likelier, measured, silent } from './boot-messages.ts';

test('words are whole lines of its own', () => {
  const said = 'noise\r\nbot-bottle begun 1000000\r\nbot-bottle worked 2500000\nbot-bottle sle';
  expect(parseBootMessages(said)).toEqual([
    { name: 'begun', guestMs: 1 },
    { name: 'worked', guestMs: 2.5 },
  ]);
});

const heard = [
  { name: 'begun', guestMs: 100, atMs: 5000 },
  { name: 'worked', guestMs: 600, atMs: 6000 },
  { name: 'slept', guestMs: 2600, atMs: 8500 },
];

test('a clock that counts too slowly was told too many', () => {
  // It took 2500 ms for 2000: started with 2,000,000 kHz, it counted 1,600,000 cycles per millisecond.
  expect(measured(heard, { guessKhz: 2_000_000, hostMs: 100 })).toEqual({ tscKhz: 1_600_000, slowdown: 10 });
});

test('what the host says is believed where the measurement comes near', () => {
  const near = heard.map((word) => (word.name === 'slept' ? { ...word, atMs: 8010 } : word));
  expect(measured(near, { guessKhz: 2_000_000, hostMs: 100 }).tscKhz).toBe(2_000_000);
});

test('a machine that does not come to its end is none', () => {
  expect(() => measured(heard.slice(0, 2), { guessKhz: 1, hostMs: 1 })).toThrow(/did not come to its end/);
});

test('of two looks that differ the one nearer to what the host says is believed, and the first where they agree', () => {
  const look = (tscKhz: number) => ({ tscKhz, slowdown: 10 });
  const [late, right] = [look(1_900_000), look(2_000_000)];
  expect(likelier(2_000_000, late, right)).toBe(right);
  expect(likelier(2_000_000, right, late)).toBe(right);
  const [first, second] = [look(3_000_000), look(2_990_000)];
  expect(likelier(800_000, first, second)).toBe(first);
});

describe('a kernel that never says a word', () => {
  const AGAIN = /try again when this host has less to do/;
  /** As QEMU 10.0 printed it on a host whose /dev/kvm opens and runs no stock kernel. */
  const KVM_ENDED = 'qemu-system-x86_64: error: failed to set MSR 0x10a to 0xc000069';

  it.each([
    ['takes too long', undefined],
    ['ends the machine', KVM_ENDED],
  ])('has a fix that names QEMU and a host with a full KVM, not another try, where KVM %s', (_how, why) => {
    const { fix } = silent({ accelerator: 'kvm', why });
    expect(fix).toMatch(/^take --runtime qemu, .*a host whose KVM boots a stock kernel/);
    expect(fix).not.toMatch(AGAIN);
  });

  it('is worth another try where it is emulated, as that is slow on a busy host', () => {
    expect(silent({ accelerator: 'tcg', why: undefined }).fix).toMatch(AGAIN);
  });

  it('has the fix that its own words ask for', () => {
    const why = 'Could not access KVM kernel module: No such device';
    expect(silent({ accelerator: 'kvm', why }).fix).toMatch(/^sudo modprobe kvm_intel/);
  });
});
