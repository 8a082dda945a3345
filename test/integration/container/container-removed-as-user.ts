import { removeFolder } from '../../../src/bottle/state/store.ts';
import { allRungs } from '../../../src/bottle/rungs/rung-checks.ts';

/**
 * Runs as an ordinary user, in the docker group or not: removes a folder of that user in which root has written; with a
 * second argument, as the folder of a bottle on the Docker at that socket.
 */

const [, , path = '', address] = process.argv;
const rung = allRungs().find(({ engine }) => engine === 'docker');
const ofBottle = address === undefined || rung === undefined ? undefined : { ...rung, address };
await removeFolder(path, ofBottle).catch((error: unknown) => process.stdout.write(String(error)));
