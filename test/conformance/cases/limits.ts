import { expect } from 'vitest';
import type { Bench } from '../support/bench.ts';

/** gVisor needs 512 processes for itself and its agent. */
const LIMITS = { bottle: { resources: { memory: '256m', pids: 600, disk: '32m', cpus: 1 } } };

/** Fills /tmp and the home folder, takes memory, and forks without end, the last as it may take the shell with it. */
const GREEDY = `
for folder in /tmp "$HOME"; do
  head -c 80000000 /dev/zero > "$folder/big" && echo "survived filling $folder"
  rm -f "$folder/big"
done
perl -e '$x = "x" x 700_000_000; print "survived taking memory\\n"'
i=0; while [ $i -lt 3000 ]; do sleep 30 & i=$((i+1)); done
echo survived forking
`;

/** Each limit is exceeded, and is met. */
export function limitCases(bench: Bench): void {
  bench.case('disk, memory and processes end where the manifest says', async () => {
    const { code, stdout, stderr } = await bench.start(['sh', '-c', `echo begun; ${GREEDY}`], {
      manifest: LIMITS,
    });
    expect({ stdout, stderr }).toMatchObject({ stdout: 'begun\n' });
    expect(code).not.toBe(0);
  });

  bench.case('the same is possible below the limits', async () => {
    const modest = GREEDY.replace('80000000', '8000000')
      .replace('700_000_000', '50_000_000')
      .replace('3000', '20');
    const { stdout, stderr } = await bench.start(['sh', '-c', modest], { manifest: LIMITS });
    expect({ survived: stdout.match(/survived/g)?.length, stderr }).toMatchObject({ survived: 4 });
  });
}
