import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { KERNEL_TABLES } from '../../host/system/own-addresses.ts';
import { INSIDE } from './confine.ts';
import type { Mount } from './folders.ts';

/** Of the host's first process: a bind mount of such a file shows that process's network namespace wherever it is read. */
const HOST_NET = '/proc/1/net';

/**
 * The kernel's tables of the host's addresses, for a gateway in a container of its own: it sees addresses that the host gets later.
 * Nothing where the kernel has none (macOS) or keeps them from this user.
 */
export const hostTables = (): readonly Mount[] =>
  Object.values(KERNEL_TABLES)
    .map((name) => ({
      hostPath: join(HOST_NET, name),
      guestPath: join(INSIDE.hostTables, name),
      readOnly: true,
    }))
    .filter(({ hostPath }) => existsSync(hostPath));
