import { expect, test } from 'vitest';
import { runLong } from '../../src/drivers/image/long-run.ts';

const run = async (script: string, silenceMs: number): Promise<readonly string[]> => {
  const lines: string[] = [];
  const work = { progress: (line: string) => void lines.push(line), signal: new AbortController().signal };
  const env = { PATH: process.env['PATH'] ?? '' };
  await runLong(['sh', '-c', script], env, { ...work, silenceMs, cleanupMs: 300 });
  return lines;
};

test('a silent program is killed, and its last output reported', async () => {
  await expect(run('echo begun; exec sleep 600', 600)).rejects.toMatchObject({
    code: 'dependencyMissing',
    message: expect.stringContaining('said nothing for 0.01 minutes') as string,
    details: expect.arrayContaining(['begun']) as string[],
  });
});

test('a program that keeps writing may go on', async () => {
  // Runs twice as long as it may be silent.
  expect(await run('for n in 1 2 3 4 5 6 7 8; do echo $n; sleep 1; done', 4_000)).toHaveLength(8);
});

test('a program that hangs and ignores SIGTERM is killed', async () => {
  await expect(run("trap '' TERM; sleep 600; echo on", 300)).rejects.toMatchObject({
    message: expect.stringContaining('said nothing') as string,
  });
});
