import { removeFolder } from '../../src/bottle/remove-folder.ts';

/** Run as an ordinary user, of the docker group or not: removes a folder of that user in which root has written. */

const [, , path = ''] = process.argv;
await removeFolder(path).catch((error: unknown) => process.stdout.write(String(error)));
