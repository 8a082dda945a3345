import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { viewHost } from '../../../src/verify/arena/host-view.ts';
import { takeTurn } from '../../support/suites/turn.ts';
import { openCanary, type Canary } from '../../../src/verify/arena/listeners/canary.ts';

/** A canary that a bottle's policy can lead to, also on the ports that need no proxy. */
export interface CanaryPlace extends AsyncDisposable {
  readonly canary: Canary;
  readonly address: string;
  readonly port: number;
  readonly ownName: string;
}

/** Opens it on an address of this host that a sidecar can reach too. `morePorts`: 80 and 443, which need root. */
export async function openPlace(morePorts: readonly number[] = []): Promise<CanaryPlace> {
  const { ip4 } = await viewHost();
  const turn = morePorts.length === 0 ? undefined : await takeTurn('ports 80 and 443');
  const dir = await mkdtemp(join(tmpdir(), 'bb-canary-'));
  const canary = await openCanary({ socketPath: join(dir, 's'), morePorts });
  return {
    canary,
    address: ip4[0] ?? '127.0.0.1',
    port: canary.port,
    // Leads to the gateway itself if that is a container, otherwise to this host.
    ownName: 'localhost',
    [Symbol.asyncDispose]: async () => {
      await canary[Symbol.asyncDispose]();
      await turn?.[Symbol.asyncDispose]();
      await rm(dir, { recursive: true });
    },
  };
}
