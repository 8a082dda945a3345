import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { expect } from 'vitest';
import type { Bench } from '../support/bench.ts';
import { cpusOfAgent } from '../support/cpus.ts';

/** gVisor needs 512 processes for itself and its agent. */
const LIMITS = { memory: '256m', pids: 600, disk: '32m', cpus: 1 };

interface Greed {
  /** A shell command that uses AMOUNT, or reports why not and fails. */
  readonly take: string;
  readonly amount: number;
  readonly limits?: Readonly<Record<string, string | number>>;
  /** The output of a stopped attempt: its words, and how it ended. */
  readonly stopped: RegExp;
  /** The one change that lets the same attempt succeed, which proves that the limit stopped it. */
  readonly control: {
    readonly amount?: number;
    readonly limits?: Readonly<Record<string, string | number>>;
  };
}

const fill = (folder: string): Greed => ({
  take: `head -c AMOUNT /dev/zero > ${folder}/big`,
  amount: 64_000_000,
  stopped: /No space left on device\nended 1\n/,
  control: { limits: { disk: '128m' } },
});

/** Killed by the kernel: alone or, if the sandbox is one process of the host, with the whole bottle. */
const KILLED = /ended 137\n|exit code 137/.source;
/** A sandbox that gets no more threads exits, and the bottle with it: gVisor's, which is a separate program. */
const ENDED = /^begun\nexit code [1-9]\d*\n$/.source;

const GREED: Readonly<Record<string, Greed>> = {
  '/tmp': fill('/tmp'),
  'the home folder': fill('"$HOME"'),
  memory: {
    take: `perl -e 'my $n = AMOUNT; my $x = "x" x $n;'`,
    amount: 400_000_000,
    stopped: new RegExp(`Out of memory|${KILLED}`),
    control: { limits: { memory: '2g' } },
  },
  processes: {
    take: `perl -e '
      my $parent = $$; my @kids; END { kill 9, @kids if $$ == $parent }
      for (1..AMOUNT) {
        my $kid = fork; die "process $_: $!\\n" if !defined $kid;
        if ($kid == 0) { sleep 60; exit } push @kids, $kid;
      }'`,
    amount: 1_000,
    limits: { memory: '4g' }, // as much as a thousand gVisor processes can need
    stopped: new RegExp(`process [1-5]\\d\\d: Resource temporarily unavailable\\nended \\d+\\n|${ENDED}`),
    control: { limits: { memory: '4g', pids: 8_000 } },
  },
  // Not a key of the manifest. If an engine sets no limit, the memory that the kernel needs for them does.
  'open files': {
    take: `perl -MPOSIX -e 'for (1..AMOUNT) { POSIX::open("/dev/null") // die "file $_: $!\\n" }'`,
    amount: 3_000_000,
    stopped: new RegExp(`file \\d+: Too many open files\\nended \\d+\\n|${KILLED}`),
    control: { amount: 500 },
  },
};

/** Exceeds each limit in a separate bottle, and checks that the limit ends the attempt. */
export function limitCases(bench: Bench): void {
  const attempt = async ({ take, amount, limits }: Omit<Greed, 'stopped' | 'control'>): Promise<string> => {
    const script = `echo begun; { ${take.replace('AMOUNT', String(amount))}; } 2>&1; echo "ended $?"`;
    const manifest = { bottle: { resources: { ...LIMITS, ...limits } } };
    const { code, stdout } = await bench.start(['sh', '-c', script], { manifest });
    return `${stdout}exit code ${code}\n`;
  };

  for (const [what, { stopped, control, ...greed }] of Object.entries(GREED)) {
    bench.case(`${what}: the limit ends it, and nothing else does`, async () => {
      expect(await attempt({ ...greed, ...control })).toBe('begun\nended 0\nexit code 0\n');
      const seen = await attempt(greed);
      expect(seen).toMatch(/^begun\n/);
      expect(seen).toMatch(stopped);
      expect(seen).not.toContain('ended 0\n');
    });
  }

  bench.case('the agent has as many CPUs as the manifest says', async () => {
    for (const cpus of [1, Math.min(2, availableParallelism())]) {
      const manifest = { bottle: { resources: { ...LIMITS, cpus } } };
      const mark = randomUUID();
      const command = ['sh', '-c', 'echo ready; sleep 60; true', mark];
      const bottle = await bench.live(`cpus-${cpus}`, command, { manifest });
      expect(await cpusOfAgent(bench.rung, bottle.id, mark)).toBe(cpus);
      await bottle.stop();
    }
  });
}
