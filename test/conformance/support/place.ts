import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { viewHost } from '../../../src/demo/host-view.ts';
import { openCanary, type Canary } from '../../../src/demo/canary.ts';

/** A canary that the policy of a bottle can lead to, also on the ports that need no proxy. */
export interface CanaryPlace extends AsyncDisposable {
  readonly canary: Canary;
  readonly address: string;
  readonly port: number;
  readonly ownName: string;
}

/** Opens it on an address of this host that a sidecar can reach too. Needs root, for ports 80 and 443. */
export async function openPlace(): Promise<CanaryPlace> {
  const { ip4, ownName } = await viewHost();
  const dir = await mkdtemp(join(tmpdir(), 'bb-canary-'));
  const canary = await openCanary({ socketPath: join(dir, 's'), morePorts: [80, 443] });
  return {
    canary,
    address: ip4[0] ?? '127.0.0.1',
    port: canary.port,
    ownName,
    [Symbol.asyncDispose]: async () => {
      await canary[Symbol.asyncDispose]();
      await rm(dir, { recursive: true });
    },
  };
}
