import { expect, test } from 'vitest';
import { BottleError } from '../../../src/errors.ts';
import { FD } from '../../../src/drivers/sandbox/command.ts';
import { startBottle } from '../../../src/drivers/sandbox/start.ts';
import { isRunning, type ProcessIdentity } from '../../../src/host/processes.ts';

/** The words of a sandbox's first program in sequence, and the actions between them. */

/** A first program that needs no sandbox: prints these words, and then waits for the launcher's end. */
const saying = (...words: readonly string[]): string => `
  open my $info, '>&=', ${FD.info} or die; syswrite $info, qq({"child-pid": $$}); close $info;
  open my $life, '+<&=', ${FD.life} or die;
  for my $word (${words.map((word) => JSON.stringify(word)).join(', ')}) { syswrite $life, $word; select undef, undef, undef, 0.05 }
  sysread $life, my $end, 1;
`;

async function start(script: string, meanwhile?: (init: ProcessIdentity) => Promise<void>) {
  return await startBottle(
    { program: 'perl', args: ['-e', script], inputs: [] },
    {
      bottleId: 'words-1',
      machine: 'x64',
      deadlineMs: 10_000,
      signal: new AbortController().signal,
      ...(meanwhile === undefined ? {} : { meanwhile }),
    },
  );
}

/** Starts it; returns the reason why it failed, and the process that was seen. */
async function failure(script: string, more: Error | undefined) {
  let seen: ProcessIdentity | undefined;
  const error: unknown = await start(script, async (init) => {
    seen = init;
    await Promise.resolve();
    if (more !== undefined) throw more;
  }).then(
    async (bottle) => await bottle.kill(),
    (why: unknown) => why,
  );
  return { error, seen };
}

test('a sandbox that only waits is started by its start word', async () => {
  const bottle = await start(saying('up\n'));
  expect(isRunning(bottle.init)).toBe(true);
  await bottle.kill();
  expect(isRunning(bottle.init)).toBe(false);
});

test.each([{ words: ['here\n', 'up\n'] }, { words: ['here\nup\n'] }, { words: ['he', 're\nu', 'p\n'] }])(
  'a sandbox that prints $words is prepared between its two words',
  async ({ words }) => {
    const seen: ProcessIdentity[] = [];
    const bottle = await start(
      saying(...words),
      async (init) => void (await Promise.resolve(seen.push(init))),
    );
    expect(seen).toEqual([bottle.init]);
    await bottle.kill();
  },
);

test('another first word of the sandbox is the reason why it did not start', async () => {
  const { error, seen } = await failure(saying('here\n', 'the machine lets nobody in\n'), undefined);
  expect(error).toMatchObject({ code: 'rungUnavailable', details: ['the machine lets nobody in'] });
  expect(seen !== undefined && isRunning(seen)).toBe(false);
});

test('a sandbox that was not prepared is not started, whatever it prints', async () => {
  const { error, seen } = await failure(saying('up\n'), undefined);
  expect(error).toMatchObject({ code: 'rungUnavailable', details: ['up'] });
  expect(seen).toBeUndefined();
});

test('an error during the preparation is reported, and the sandbox is killed', async () => {
  const own = new BottleError('rungUnavailable', 'the kernel did not apply the requested settings', {
    fix: '',
  });
  const { error, seen } = await failure(saying('here\n', 'up\n'), own);
  expect(error).toBe(own);
  expect(seen !== undefined && isRunning(seen)).toBe(false);
});
