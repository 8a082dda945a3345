import { describe, expect, it, test } from 'vitest';
import { parseBootMessages, likelier, measured, silent } from './boot-messages.ts';

test('a boot message is a whole line', () => {
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

test('a clock that runs slow was given too high a frequency', () => {
  // It took 2500 ms for 2000: started with 2,000,000 kHz, it counted 1,600,000 cycles per millisecond.
  expect(measured(heard, { guessKhz: 2_000_000, hostMs: 100 })).toEqual({ tscKhz: 1_600_000, slowdown: 10 });
});

test("the host's frequency is believed if the measurement is close", () => {
  const near = heard.map((word) => (word.name === 'slept' ? { ...word, atMs: 8010 } : word));
  expect(measured(near, { guessKhz: 2_000_000, hostMs: 100 }).tscKhz).toBe(2_000_000);
});

test('a machine that does not end has no measurement', () => {
  expect(() => measured(heard.slice(0, 2), { guessKhz: 1, hostMs: 1 })).toThrow(/did not come to its end/);
});

test("of two measurements the one closer to the host's is believed, and the first if they agree", () => {
  const look = (tscKhz: number) => ({ tscKhz, slowdown: 10 });
  const [late, right] = [look(1_900_000), look(2_000_000)];
  expect(likelier(2_000_000, late, right)).toBe(right);
  expect(likelier(2_000_000, right, late)).toBe(right);
  const [first, second] = [look(3_000_000), look(2_990_000)];
  expect(likelier(800_000, first, second)).toBe(first);
});

describe('a kernel that prints nothing', () => {
  const AGAIN = /try again when this host has less to do/;
  /** As QEMU 10.0 printed it on a host whose /dev/kvm opens and runs no stock kernel. */
  const KVM_ENDED = 'qemu-system-x86_64: error: failed to set MSR 0x10a to 0xc000069';

  it.each([
    ['takes too long', undefined],
    ['ends the machine', KVM_ENDED],
  ])('a silent kernel gets a remedy that names QEMU and a full KVM where KVM %s', (_how, why) => {
    const { fix } = silent({ accelerator: 'kvm', why });
    expect(fix).toMatch(/^take --runtime qemu, .*a host whose KVM boots a stock kernel/);
    expect(fix).not.toMatch(AGAIN);
  });

  it('a silent kernel gets another try where it is emulated, which is slow on a busy host', () => {
    expect(silent({ accelerator: 'tcg', why: undefined }).fix).toMatch(AGAIN);
  });

  it('a kernel gets the remedy for its own messages', () => {
    const why = 'Could not access KVM kernel module: No such device';
    expect(silent({ accelerator: 'kvm', why }).fix).toMatch(/^sudo modprobe kvm_intel/);
  });
});
