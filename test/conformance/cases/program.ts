import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { expect } from 'vitest';
import type { Bench } from '../support/bench.ts';

/** Tests what the agent's program receives and returns. */
export function programCases(bench: Bench): void {
  bench.case('arguments, standard input, both outputs and the exit code pass through', async () => {
    const script =
      'cat; for i in 1 2 3; do echo "out $i"; echo "err $i" >&2; done; printf "<%s>" "$@"; exit 7';
    const args = ['two words', '', '$HOME', 'new\nline', '--flag', 'ünï', '*', '"quoted"'];
    const stdin = 'line one\nno newline at the end';
    const { code, stdout, stderr } = await bench.start(['sh', '-c', script, 'sh', ...args], { stdin });
    expect({ code, stderr }).toMatchObject({
      code: 7,
      stderr: expect.stringContaining('err 1\nerr 2\nerr 3\n'),
    });
    expect(stdout).toBe(`${stdin}out 1\nout 2\nout 3\n${args.map((arg) => `<${arg}>`).join('')}`);
    expect(stderr).not.toContain('out');
  });

  bench.case('five megabytes arrive whole, and a program that is killed gives 128 + its signal', async () => {
    const script = 'head -c 5000000 /dev/zero | tr "\\0" "b"; kill -KILL $$';
    const { code, stdout } = await bench.start(['sh', '-c', script]);
    const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
    expect(digest(stdout)).toBe(digest('b'.repeat(5_000_000)));
    expect(code).toBe(137);
  });

  bench.case('a program that is not there is said in words, and nothing is left', async () => {
    const { code, stderr } = await bench.start(['no-such-program']);
    expect({ code, stderr }).toMatchObject({ code: 127, stderr: expect.stringContaining('no-such-program') });
    expect(stderr).not.toContain('    at ');
  });

  for (const [signal, exitCode] of [
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const) {
    bench.case(`${signal} to the launcher reaches the program, and the exit code says so`, async () => {
      const name = signal.slice(3);
      const script = `trap 'echo got ${name}; exit 3' ${name}; echo up; while :; do sleep 0.1; done`;
      const bottle = await bench.live('signalled', ['sh', '-c', script]);
      bottle.launcher.kill(signal);
      const { code, stdout } = await bottle.ended;
      expect(stdout).toContain(`got ${name}`);
      expect(code).toBe(exitCode);
    });
  }

  bench.case('a program that reads its input to the end sees the end', async () => {
    const bottle = await bench.live('reader', ['sh', '-c', 'echo ready; cat; echo over']);
    bottle.launcher.stdin?.end('the last word\n');
    const { code, stdout } = await bottle.ended;
    expect(stdout).toBe('ready\nthe last word\nover\n');
    expect(code).toBe(0);
    if (bottle.launcher.exitCode === null) await once(bottle.launcher, 'close');
  });
}
