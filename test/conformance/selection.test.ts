import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DoctorReport, DoctorRung } from '../../src/bottle/rungs/doctor.ts';
import { createBench } from './support/bench.ts';
import { idsOnDisk } from './support/state.ts';
import type { RungUnderTest } from './support/rung.ts';

/** Tests the choice of a rung: never one that is not ready, never one below the floor. Docker has a fake `kata`. */

const ANY: RungUnderTest = {
  runtime: 'bubblewrap',
  engine: 'bubblewrap',
  boundary: 'shared-kernel',
  networkForm: 'joined',
  user: 'root',
};
const { bench, setUp, tearDown } = createBench(ANY);
let rungs: readonly DoctorRung[];

beforeAll(async () => {
  await setUp();
  const { stdout } = await bench.program.run(['doctor', '--json'], { timeoutMs: 180_000 });
  ({ rungs } = JSON.parse(stdout) as DoctorReport);
});
afterAll(tearDown);

const start = async (...flags: string[]) => {
  const before = idsOnDisk(bench);
  const outcome = await bench.startWith(flags, ['sh', '-c', 'echo ran']);
  return { ...outcome, made: idsOnDisk(bench).filter((id) => !before.includes(id)) };
};

test('doctor names every rung with status, reason and fix', () => {
  for (const rung of rungs) {
    expect(rung).toMatchObject({ runtime: expect.any(String), boundary: expect.any(String) });
    expect(['ready', 'installed', 'absent']).toContain(rung.status);
    expect(rung.reason).not.toBe('');
    expect(rung.fix === '').toBe(rung.status === 'ready');
  }
});

test('a runtime registered as another program is installed, never ready', () => {
  const kata = rungs.find(({ runtime, engine }) => runtime === 'kata' && engine === 'docker');
  expect(kata).toMatchObject({ status: 'installed', boundary: 'vm' });
});

test('auto passes it over, takes the strongest ready rung, and says both', async () => {
  const { code, stdout, stderr } = await start('--runtime', 'auto');
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'ran\n' });
  expect(stderr).toMatch(
    /runsc on docker \(user-kernel\): the strongest rung that is ready here .*kata is installed/,
  );
});

const KATA = /what to do: add .*runtimeType.*containerd-shim-kata-v2.*daemon\.json/;

test.each([
  ['a floor that nothing reaches', ['--min-boundary', 'vm'], KATA],
  ['a runtime that is none', ['--runtime', 'kata'], KATA],
  [
    'a runtime below the floor',
    ['--runtime', 'bubblewrap', '--min-boundary', 'user-kernel'],
    /what to do: run `bot-bottle doctor`/,
  ],
  [
    'a runtime of another platform',
    ['--runtime', 'apple'],
    /absent: .* runs on macOS 26 only\s+what to do: a Mac with macOS 26 and Apple silicon, or another runtime on this host/,
  ],
])('%s is refused with exit code 6 and a remedy, and creates nothing', async (_name, flags, hint) => {
  const { code, stdout, stderr, made } = await start(...flags);
  expect({ code, stdout, made }).toEqual({ code: 6, stdout: '', made: [] });
  expect(stderr).toMatch(hint);
});

test('each rung that is not taken has one readable line, and a fix without blanks', async () => {
  const { stderr } = await start('--min-boundary', 'vm');
  const lines = stderr.split('\n').filter((line) => /^ {2}\S+( on \S+)? \(/.test(line));
  // Rungs weaker than gVisor's are not even checked.
  expect(lines.length).toBeGreaterThanOrEqual(2);
  for (const line of lines) expect(line.length, line).toBeLessThan(160);
  expect(stderr).toMatch(
    /^ {2}kata on docker \(vm\): installed: \/usr\/bin\/false is registered as an OCI runtime .*$/m,
  );
  for (const { fix } of rungs) expect(fix).not.toMatch(/\bIMAGE\b/);
});

test("the manifest's minimum boundary holds like the flag's", async () => {
  const manifest = { bottle: { min_boundary: 'vm' } };
  const { code, stderr } = await bench.startWith(['--runtime', 'auto'], ['true'], { manifest });
  expect(code).toBe(6);
  expect(stderr).toContain('vm');
});
