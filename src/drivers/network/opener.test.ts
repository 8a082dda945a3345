import { expect, test } from 'vitest';
import type { BottleSpec } from '../driver.ts';
import type { GatewayAccess } from '../gateway-access.ts';
import { openByJoining } from './opener.ts';

const never = new Promise<never>(() => undefined);

test('a gateway that never listens is given up with the bottle', async () => {
  const ending = new AbortController();
  const gateway = { listening: never, ready: never } as unknown as GatewayAccess;
  const opening = openByJoining({ id: 'one' } as BottleSpec, { pid: 1 }, { gateway, signal: ending.signal });
  ending.abort(new Error('given up'));
  await expect(opening).rejects.toThrow('given up');
});
