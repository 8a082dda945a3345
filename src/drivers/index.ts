import { appleDriver } from './apple/driver.ts';
import { bubblewrapDriver } from './bubblewrap/driver.ts';
import { containerDriver } from './container/driver.ts';
import { microvmDriver } from './microvm/driver.ts';
import { nerdctlDriver } from './nerdctl/driver.ts';
import type { Driver, Rung } from './driver.ts';

/**
 * Every driver; for the same boundary, rungs of earlier drivers are preferred. The only file that names all drivers.
 */
export const DRIVERS: readonly Driver[] = [
  bubblewrapDriver,
  containerDriver('docker'),
  containerDriver('podman'),
  nerdctlDriver,
  appleDriver,
  microvmDriver,
];

/** The driver that offers a rung. */
export function driverOf({ engine, runtime }: Pick<Rung, 'engine' | 'runtime'>): Driver {
  const driver = DRIVERS.find(({ rungs }) =>
    rungs.some((rung) => rung.engine === engine && rung.runtime === runtime),
  );
  if (driver === undefined) throw new Error(`no driver for ${runtime} on ${engine}`);
  return driver;
}
