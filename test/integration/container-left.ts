import { connected } from '../../src/drivers/container/engine/engine.ts';
import { createDocker } from '../../src/drivers/container/engine/docker.ts';
import { endLeftovers } from '../../src/drivers/container/leftovers.ts';

/** Run as root or as an ordinary user of the docker group: removes what is left of a container that is gone. */

await endLeftovers(connected(await createDocker().helper()), process.argv.slice(2));
