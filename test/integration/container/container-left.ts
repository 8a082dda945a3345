import { unlessMissing } from '../../../src/drivers/engine/missing.ts';
import { createDocker } from '../../../src/drivers/container/engine/docker.ts';
import { endLeftovers } from '../../../src/drivers/container/remove/leftovers.ts';

/**
 * Runs as root or as an ordinary user of the docker group: removes the leftovers of a container that no longer exists.
 */

await endLeftovers(unlessMissing(await createDocker().helper()), process.argv.slice(2));
