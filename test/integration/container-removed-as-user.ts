import { removeFolder } from '../../src/bottle/teardown/remove-folder.ts';
import { allRungs } from '../../src/bottle/rungs/rung-checks.ts';

/**
 * Run as an ordinary user, of the docker group or not: removes a folder of that user in which root has written; with a second argument,
 * as of a bottle of the Docker at that socket.
 */

const [, , path = '', address] = process.argv;
const rung = allRungs().find(({ engine }) => engine === 'docker');
const ofBottle = address === undefined || rung === undefined ? undefined : { ...rung, address };
await removeFolder(path, ofBottle).catch((error: unknown) => process.stdout.write(String(error)));
