import { readFile } from 'node:fs/promises';

/** A value that is another one after every boot of this host: random(4), /proc/sys/kernel/random/boot_id. */
export async function bootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}
