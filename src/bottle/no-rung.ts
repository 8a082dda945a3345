import type { EngineName, Rung } from '../drivers/driver.ts';
import { BottleError } from '../errors.ts';
import type { RungRequest } from './select.ts';

/** Engines that are asked for, and that no driver has: why, and what to take. */
const OTHERS: Readonly<Partial<Record<EngineName, readonly [why: string, next: string]>>> = {
  nerdctl: [
    'bottles are made and read back through the interface of an engine, and nerdctl is a program without one',
    'Docker runs Kata and gVisor too: --engine docker (docs/drivers/kata.md has what nerdctl would need)',
  ],
};

/** The answer to a request that is about no rung of this version; `rungs` are all that there are. Pure. */
export function noRung(
  { runtime, engine }: Pick<RungRequest, 'runtime' | 'engine'>,
  rungs: readonly Pick<Rung, 'runtime' | 'engine'>[],
): BottleError {
  const other = engine === undefined ? undefined : OTHERS[engine];
  if (other !== undefined && !rungs.some((rung) => rung.engine === engine)) {
    const [why, next] = other;
    return unavailable(`no bottle can be made by ${engine}: ${why}`, next);
  }
  const engines = rungs.filter((rung) => rung.runtime === runtime).map((rung) => rung.engine);
  if (engines.length === 0) {
    return unavailable(
      `this version has no driver for runtime ${runtime}`,
      'bot-bottle doctor lists the rungs there are',
    );
  }
  return engines.some((name) => name === runtime)
    ? unavailable(`${runtime} needs no engine, and ${engine} does not run it`, 'leave out --engine')
    : unavailable(
        `${engine} does not run ${runtime}`,
        engines.map((name) => `--engine ${name}`).join(', or '),
      );
}

const unavailable = (message: string, fix: string): BottleError =>
  new BottleError('rungUnavailable', message, { fix });
