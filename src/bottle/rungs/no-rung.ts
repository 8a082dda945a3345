import type { Rung } from '../../drivers/driver.ts';
import { BottleError } from '../../errors.ts';
import type { RungRequest } from './select.ts';

/** The error for a request that matches no rung of this version. `rungs`: all rungs. Pure. */
export function noRung(
  { runtime, engine }: Pick<RungRequest, 'runtime' | 'engine'>,
  rungs: readonly Pick<Rung, 'runtime' | 'engine'>[],
): BottleError {
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
