import { appleDriver } from './apple/driver.ts';
import { bubblewrapDriver } from './bubblewrap/driver.ts';
import { containerDriver } from './container/driver.ts';
import { microvmDriver } from './microvm/driver.ts';
import { nerdctlDriver } from './nerdctl/driver.ts';
import type { Driver, Rung } from './driver.ts';

/** The images of this host, for the verb that is about them. */
export {
  buildDefaultImages,
  listEngineImages,
  planDefaultImages,
  planRemoval as planImageRemoval,
  removeEngineImages,
} from './container/image/manage.ts';

/** What an image that was built from a Dockerfile is called. */
export { dockerfileReference } from './image/custom-image.ts';

/** What machines share, and nobody has used for long, or somebody left half-made; and its removal. */
export { unusedParts as unusedMachineParts } from './microvm/guest/kept.ts';
export { removePart as removeMachinePart } from './microvm/guest/remove-part.ts';

/** Whether an interface of the host is what a driver makes for a bottle. */
export { isBridgeOfBottle } from './container/names.ts';

/** Every driver, in the order in which rungs of the same boundary are preferred. The only file that names them all. */
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
