import type { Targets } from '../../arena/targets.ts';
import { inTunnel, textOf } from '../../guest/requests.ts';
import { eachSpelling, type Sent } from '../../guest/wire.ts';
import type { Run } from '../probe.ts';
import { good } from './headed.ts';

/** In a tunnel to the canary: requests that name another. */
export const tunnelled = (...make: readonly ((t: Targets, nonce: string) => Sent)[]): Run => ({
  attack: (t, nonce) => eachSpelling(nonce, make, (text, nonce) => inTunnel(good(t), text(t, nonce))),
  control: (t, nonce) => inTunnel(good(t), textOf({ target: `/${nonce}`, lines: [`Host: ${good(t)}`] })),
});
