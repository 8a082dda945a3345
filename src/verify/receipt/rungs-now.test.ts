import { expect, test } from 'vitest';
import { BottleError } from '../../errors.ts';
import { inTime } from './rungs-now.ts';

const PATIENCE_MS = 60_000;

test('what an engine has is passed on', async () => {
  expect(await inTime(async () => await Promise.resolve({ digest: 'sha256:1' }), PATIENCE_MS)).toEqual({
    digest: 'sha256:1',
  });
});

test('an engine that cannot be asked is a reason, and no failure', async () => {
  const failure = new BottleError('rungUnavailable', "Docker's daemon does not run", { fix: 'start it' });
  expect(await inTime(async () => await Promise.reject(failure), PATIENCE_MS)).toEqual({
    whyNot: "Docker's daemon does not run",
  });
});

test('one that never answers is not waited for, whether or not it heeds the signal', async () => {
  const deaf = async () => await new Promise<never>(() => undefined);
  const heeding = async (signal: AbortSignal) =>
    await new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error));
    });
  for (const ask of [deaf, heeding]) {
    expect(await inTime(ask, 1)).toEqual({ whyNot: 'there was no answer within 0.001 s' });
  }
});
