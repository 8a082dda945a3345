import { existsSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { findProgram } from '../../../src/host/system/programs.ts';
import { makeHome } from '../../support/home.ts';

/** The statements of `doctor` about virtual machines are true on this host. */

const home = makeHome({ forgets: ['probes'] });
afterAll(async () => await home.remove());

interface Row {
  readonly runtime: string;
  readonly status: string;
  readonly reason: string;
  readonly fix: string;
  readonly evidence: Readonly<Record<string, string>>;
}

test("doctor names who executes a machine's code, how slow it is, why without KVM, and what is missing", async () => {
  const { stdout } = await home.must(['doctor', '--json'], { timeoutMs: 240_000 });
  const { rungs } = JSON.parse(stdout) as { rungs: readonly Row[] };
  const [qemu] = rungs.filter(({ runtime }) => runtime === 'qemu');
  expect(qemu).toMatchObject({ status: 'ready', fix: '' });
  const { accelerator, slowdown } = qemu?.evidence ?? {};
  const words = {
    kvm: /^a kernel was booted under KVM$/,
    tcg: /^a kernel was booted, emulated \(TCG\): programs take about \d+ times as long; no KVM: ./,
  }[accelerator ?? ''];
  expect(words).toBeDefined();
  expect(qemu?.reason).toMatch(words ?? /never/);
  expect(Number(slowdown)).toBeGreaterThanOrEqual(1);
  // `doctor` never says that it tried a device that does not exist.
  expect(accelerator === 'kvm' && !existsSync('/dev/kvm')).toBe(false);
  const [firecracker] = rungs.filter(({ runtime }) => runtime === 'firecracker');
  const isHere = findProgram('firecracker') !== undefined;
  expect(firecracker?.status === 'absent').toBe(!isHere);
  expect(isHere ? '' : firecracker?.fix).toMatch(
    isHere ? /^$/ : /^put a release of Firecracker \(\d.*docs\/drivers/,
  );
});
