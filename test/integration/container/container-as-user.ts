import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { NetworkForm } from '../../../src/drivers/driver.ts';
import { openTestBottle } from './container.bottle.ts';

/**
 * Runs as an ordinary user of the docker group: opens a bottle, lets it work, removes it, and prints the observations.
 */

const form = process.argv[2] as NetworkForm;
const bottle = await openTestBottle({
  engine: 'docker',
  runtime: 'runsc',
  form,
  spec: { argv: ['sh', '-c', 'touch made && echo "$(id -u) $(ls /work/made)"'] },
});
const { code, stdout } = await (await bottle.launch()).ended();
const owner = statSync(join(bottle.workspace, 'made')).uid;
const isClosed = bottle.prepared.checks.some(({ id }) => id === 'host.deaf' || id === 'network.unreachable');
await bottle.remove();
process.stdout.write(JSON.stringify({ code, stdout, owner, isClosed }));
