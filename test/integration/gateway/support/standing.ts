import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { bundle } from './bundle.ts';
import type { TestGateway, World } from './world.ts';

/** Clients in the bottle that hold something open: see standing-client.ts. */

export interface Held {
  /** Resolves to 9 if it was broken off. */
  readonly broken: Promise<unknown>;
  readonly end: () => void;
}

/** Bundles the client; call it once per world. */
export async function bringStandingClient({ folder }: World): Promise<void> {
  await bundle('test/integration/gateway/support/standing-client.ts', join(folder, 'standing.mjs'));
}

/** Settles once it is open. `way`: `WAY PORT PATH`. @throws Error if it cannot be opened */
export async function holdOpen({ folder }: World, gateway: TestGateway, way: string): Promise<Held> {
  const child = gateway.spawnInBottle(['node', join(folder, 'standing.mjs'), ...way.split(' ')]);
  const broken = once(child, 'close').then(([code]) => code as unknown);
  const said = once(createInterface({ input: child.stdout as Readable }), 'line').then(
    ([line]) => line as unknown,
  );
  const first = await Promise.race([said, broken]);
  if (first !== 'open') throw new Error(`${way} cannot be opened: ${String(first)}`);
  return { broken, end: () => child.kill('SIGKILL') };
}
