import { allRungs, checkRungsFor } from '../bottle/rungs/rung-checks.ts';
import { describeRung, selectRung, type Choice } from '../bottle/rungs/select.ts';
import { driverOf } from '../drivers/index.ts';
import type { RungCheck, Rung } from '../drivers/driver.ts';
import { BottleError, reasonOf } from '../errors.ts';
import type { DemoOptions } from './demo.ts';
import { installSmallestRung } from './install.ts';

/**
 * Chooses the rung that the demo shows. Unlike a start, the demo may take a weaker one: nobody trusts anything to it.
 */

/**
 * Returns the requested rung; without a request, the strongest that is ready and whose image is available. An image
 * needs a registry or packages. If its image is not available, returns a ready rung that needs none.
 * @throws BottleError if no rung can be used
 */
export async function chooseRung(options: DemoOptions): Promise<Choice> {
  const choice = await choose(options);
  if (options.runtime !== 'auto' || !choice.check.rung.traits.needsImage) return choice;
  const whyNot = await whyNoImage(choice.check.rung, options);
  if (whyNot === undefined) return choice;
  const other = await withoutImage(options.signal);
  if (other === undefined) throw whyNot;
  const why = `${describeRung(other.rung)}: it needs no image. ${describeRung(choice.check.rung)} is stronger, but ${whyNot.message}`;
  return { check: other, why };
}

async function choose({ runtime, yes, note, signal }: DemoOptions): Promise<Choice> {
  const request = { runtime, minBoundary: 'shared-kernel' } as const;
  const look = async (): Promise<Choice> => selectRung(request, await checkRungsFor(request, signal));
  try {
    return await look();
  } catch (error) {
    const isOurs = error instanceof BottleError && error.code === 'rungUnavailable';
    const helps = isOurs && (runtime === 'auto' || runtime === 'bubblewrap');
    if (!helps || !(await installSmallestRung({ yes, note, signal }))) throw error;
    return await look();
  }
}

/** Undefined if the rung's image exists or was built just now. */
async function whyNoImage(rung: Rung, { progress, signal }: DemoOptions): Promise<BottleError | undefined> {
  try {
    await driverOf(rung).prepareImage(rung, { kind: 'default' }, { progress, signal });
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof BottleError) return error;
    throw new BottleError('dependencyMissing', `the default image cannot be made: ${reasonOf(error)}`, {
      fix: 'bot-bottle image build says what it lacks',
      cause: error,
    });
  }
}

/** The first rung that is ready and needs no image. */
async function withoutImage(signal: AbortSignal): Promise<RungCheck | undefined> {
  for (const { runtime, traits } of allRungs()) {
    if (traits.needsImage) continue;
    const found = await checkRungsFor({ runtime, minBoundary: 'shared-kernel' }, signal);
    const ready = found.find(({ status }) => status === 'ready');
    if (ready !== undefined) return ready;
  }
  return undefined;
}
