import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { KERNEL_TABLES } from '../../host/system/own-addresses.ts';
import { INSIDE } from './confine.ts';
import type { Mount } from '../../contracts/gateway.ts';

/**
 * `net` of the host's first process: a bind mount of a file in it shows that process's network namespace wherever it is
 * read.
 */
const HOST_NET = '/proc/1/net';

/**
 * Returns mounts of the kernel's tables of the host's addresses, for a gateway in a separate container: with them, it
 * sees addresses that the host gets later. Empty if the kernel has none (macOS), or hides them from this user.
 */
export const hostTables = (): readonly Mount[] =>
  Object.values(KERNEL_TABLES)
    .map((name) => ({
      hostPath: join(HOST_NET, name),
      guestPath: join(INSIDE.hostTables, name),
      readOnly: true,
    }))
    .filter(({ hostPath }) => existsSync(hostPath));
