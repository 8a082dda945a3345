import { expect, test } from 'vitest';
import { BottleError } from '../../errors.ts';
import { inTime, imageMeant } from './rungs-now.ts';
import { BOUND, MADE_AT, REPORT, REPORT_OF_BOTTLE } from '../../../test/support/verify/verify-receipt.ts';
import type { VerifyReport } from '../report.ts';
import type { Payload } from './payload.ts';

const DEFAULT = { kind: 'default' };
const IMAGE = { kind: 'reference', reference: 'example.org/tools:1' } as const;
const own: Payload = { version: 1, madeAt: MADE_AT.toISOString(), bound: BOUND, report: REPORT };
const ofBottle = (probedIn: 'bottle' | 'arena'): Payload => {
  const { bottle } = REPORT_OF_BOTTLE;
  if (bottle === undefined) throw new Error('the sample has no bottle');
  const report: VerifyReport = { ...REPORT_OF_BOTTLE, bottle: { ...bottle, probedIn } };
  return { ...own, bound: { ...BOUND, bottle: { name: 'dev', manifestDigest: 'sha256:9' } }, report };
};

test("verify's own bottles use the default image, whatever is named", () => {
  expect(imageMeant(own, undefined)).toEqual(DEFAULT);
  expect(imageMeant(own, { name: 'dev', image: IMAGE })).toEqual(DEFAULT);
  expect(imageMeant(ofBottle('arena'), { name: 'dev', image: IMAGE })).toEqual(DEFAULT);
});

test("the user's bottles use the image of the bottle that is named again, and no other", () => {
  expect(imageMeant(ofBottle('bottle'), { name: 'dev', image: IMAGE })).toEqual(IMAGE);
  expect(imageMeant(ofBottle('bottle'), { name: 'other', image: IMAGE })).toEqual({
    whyNot: 'the receipt is about dev, and other was named',
  });
  expect(imageMeant(ofBottle('bottle'), undefined)).toEqual({
    whyNot: expect.stringContaining('--bottle') as string,
  });
});

const PATIENCE_MS = 60_000;

test("the engine's image is passed on", async () => {
  expect(await inTime(async () => await Promise.resolve({ digest: 'sha256:1' }), PATIENCE_MS)).toEqual({
    digest: 'sha256:1',
  });
});

test('an engine that cannot be asked is a reason, not a failure', async () => {
  const failure = new BottleError('rungUnavailable', "Docker's daemon does not run", { fix: 'start it' });
  expect(await inTime(async () => await Promise.reject(failure), PATIENCE_MS)).toEqual({
    whyNot: "Docker's daemon does not run",
  });
});

test('an engine that never answers is given up, whether or not it obeys the signal', async () => {
  const deaf = async () => await new Promise<never>(() => undefined);
  const heeding = async (signal: AbortSignal) =>
    await new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error));
    });
  for (const ask of [deaf, heeding]) {
    expect(await inTime(ask, 1)).toEqual({ whyNot: 'there was no answer within 0.001 s' });
  }
});
