import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { watchReaders } from './meter.ts';

const MIB = 1024 * 1024;

/** Allocates memory on request, and confirms it. */
const TAKE = `$| = 1; print "up\\n"; <STDIN>; my $taken = 'x' x (96 << 20); print "taken\\n"; <STDIN>`;

test("the processes of a bottle's gateway are metered, and one that keeps much is seen", async () => {
  const owner = spawn('perl', ['-e', TAKE], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    await once(owner.stdout, 'data');
    const readers = watchReaders({ id: 'of-no-bottle', owner: { pid: owner.pid ?? 0, startTicks: '0' } }, []);
    expect(readers.growthBytes([])).toBeLessThan(64 * MIB);
    owner.stdin.write('\n');
    await once(owner.stdout, 'data');
    expect(readers.growthBytes([])).toBeGreaterThan(90 * MIB);
  } finally {
    owner.kill('SIGKILL');
  }
});
