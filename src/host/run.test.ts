import { describe, expect, it, onTestFinished, test, vi } from 'vitest';
import { BottleError } from '../errors.ts';
import { deadline } from './deadline.ts';
import { BOTTLE_ID_VARIABLE, findProcessesOf } from './processes.ts';
import { run, runOrThrow } from './run.ts';

const sh = async (script: string, options = {}) => await run('sh', ['-c', script], options);

describe('run', () => {
  it('run returns both outputs and the exit code', async () => {
    expect(await sh('echo out; echo err >&2; exit 7')).toEqual({
      exitCode: 7,
      stdout: 'out\n',
      stderr: 'err\n',
      timedOut: false,
      notFound: false,
    });
  });

  it('run passes on the input, and end of file without any', async () => {
    expect(await run('cat', [], { input: 'two\nlines' })).toMatchObject({
      exitCode: 0,
      stdout: 'two\nlines',
    });
    expect(await run('cat', [])).toMatchObject({ exitCode: 0, stdout: '' });
  });

  it('run accepts a program that leaves its input unread', async () => {
    expect(await run('true', [], { input: 'x'.repeat(1_000_000) })).toMatchObject({ exitCode: 0 });
  });

  it('run reports a program that does not exist', async () => {
    for (const program of ['no-such-program', '/etc/passwd/x', 'x'.repeat(300), ''])
      expect(await run(program, [])).toMatchObject({ exitCode: undefined, notFound: true });
  });

  it("run finds system programs in folders outside the user's PATH", async () => {
    vi.stubEnv('PATH', '/nowhere');
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(await run('ldconfig', ['--version'])).toMatchObject({ exitCode: 0 });
    expect(await run('no-such-program', [])).toMatchObject({ notFound: true });
  });

  it('run throws for a call that no host can execute', async () => {
    await expect(run('true', ['a\0b'])).rejects.toThrow('null bytes');
  });

  it('run returns no exit code for more arguments than the kernel takes', async () => {
    const result = await run('true', ['x'.repeat(300_000)]);
    expect(result).toMatchObject({ exitCode: undefined, timedOut: false, notFound: false });
  });

  it('run returns no exit code for a program that a signal ended', async () => {
    const result = await sh('kill -TERM $$');
    expect(result).toMatchObject({ exitCode: undefined, timedOut: false, notFound: false });
  });

  it('run kills a program at its deadline, even if it ignores signals', async () => {
    const result = await sh('trap "" TERM INT HUP; echo begun; while :; do sleep 1; done', {
      timeoutMs: 300,
    });
    expect(result).toMatchObject({ exitCode: undefined, stdout: 'begun\n', timedOut: true });
  });

  it('run kills a program that prints too much', async () => {
    const result = await sh('while :; do echo more; done', { maxOutputBytes: 1_000 });
    expect(result).toMatchObject({ exitCode: undefined, timedOut: false });
    expect(result.stdout.length).toBeLessThanOrEqual(1_000);
  });

  it('run reports too much output even if the program ends well', async () => {
    const say = async (bytes: number) =>
      await sh(`(sleep 0.2; head -c ${bytes} /dev/zero) & exit 0`, { maxOutputBytes: 1_000 });
    expect(await say(1_001)).toMatchObject({ exitCode: undefined, timedOut: false });
    expect(await say(1_000)).toMatchObject({ exitCode: 0 });
  });

  it('run can return before other processes close the pipes', async () => {
    const mark = `test-${process.pid}-run-linger`;
    const how = { lingerMs: 50, env: { [BOTTLE_ID_VARIABLE]: mark } };
    const result = await sh('sleep 20 & head -c 300000 /dev/zero; echo end; exit 3', how);
    expect(result).toMatchObject({ exitCode: 3, timedOut: false });
    expect(result.stdout.slice(300_000)).toBe('end\n');
    // The other process continues: it may be an agent that the user needs.
    const [other] = findProcessesOf(mark);
    expect(process.kill(other?.pid ?? Number.NaN)).toBe(true);
  });

  it("run collects the output of the program's children until they end", async () => {
    const script = '(for i in 1 2 3; do sleep 0.4; echo $i; done; sleep 20) & exit 0';
    expect(await sh(script, { lingerMs: 1_000 })).toMatchObject({ exitCode: 0, stdout: '1\n2\n3\n' });
  });

  it('run kills a program when its signal aborts', async () => {
    const result = await sh('sleep 60', { signal: deadline(100) });
    expect(result).toMatchObject({ exitCode: undefined, timedOut: false, notFound: false });
  });

  it('run kills a program whose signal was aborted before', async () => {
    const result = await sh('sleep 60', { signal: AbortSignal.abort() });
    expect(result).toMatchObject({ exitCode: undefined, timedOut: false, notFound: false });
  });

  it('run leaves no process of a program that prints too much', async () => {
    const mark = `test-${process.pid}-run-words`;
    const how = { maxOutputBytes: 1_000, env: { [BOTTLE_ID_VARIABLE]: mark } };
    await sh('sleep 60 & while :; do echo more; done', how);
    await expect.poll(() => findProcessesOf(mark)).toEqual([]);
  });

  it('run leaves no process of a program that it kills', async () => {
    const mark = `test-${process.pid}-run`;
    const wanted = new AbortController();
    const how = { signal: wanted.signal, env: { [BOTTLE_ID_VARIABLE]: mark } };
    const ending = sh('sleep 60 & sleep 60 & wait', how);
    await expect.poll(() => findProcessesOf(mark).length).toBe(3);
    wanted.abort();
    await ending;
    await expect.poll(() => findProcessesOf(mark)).toEqual([]);
  });

  it('run gives a program the listed and the given variables, and no others', async () => {
    const name = 'BOT_BOTTLE_TEST_SECRET';
    // oxlint-disable-next-line node/no-process-env
    process.env[name] = 'secret';
    const { stdout } = await run('env', [], { env: { GIVEN: 'yes' } });
    expect(stdout).toContain('GIVEN=yes\n');
    expect(stdout).toMatch(/^PATH=/m);
    expect(stdout).not.toContain(name);
  });
});

describe('runOrThrow', () => {
  it('runOrThrow names the failed command and its output', async () => {
    const failing = runOrThrow('sh', ['-c', 'echo why >&2; exit 3']);
    await expect(failing).rejects.toThrow(BottleError);
    await expect(failing).rejects.toMatchObject({
      message: 'sh failed (exit code 3)',
      details: ['command: sh -c echo why >&2; exit 3', 'why'],
      fix: expect.stringMatching('^fix the problem in the lines above') as string,
    });
    await expect(runOrThrow('no-such-program', [])).rejects.toMatchObject({
      fix: 'install it, or have it in PATH: command -v no-such-program',
    });
  });
});

test('the input of a program ends at once or stays open until the program ends', async () => {
  const reads = ['1', 'sh', '-c', 'cat; echo ended'];
  expect(await run('timeout', ['20', ...reads.slice(1)], { input: 'typed\n' })).toMatchObject({
    stdout: 'typed\nended\n',
  });
  // 124: timeout(1) ended the program, which was still waiting for input.
  expect(await run('timeout', reads, { input: 'typed\n', keepsInputOpen: true })).toMatchObject({
    exitCode: 124,
    stdout: 'typed\n',
  });
});
