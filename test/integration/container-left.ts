import { unlessMissing } from '../../src/drivers/engine/missing.ts';
import { createDocker } from '../../src/drivers/container/engine/docker.ts';
import { endLeftovers } from '../../src/drivers/container/leftovers.ts';

/** Run as root or as an ordinary user of the docker group: removes what is left of a container that is gone. */

await endLeftovers(unlessMissing(await createDocker().helper()), process.argv.slice(2));
