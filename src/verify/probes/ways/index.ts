import type { Probe } from '../probe.ts';
import { ENGINE, UNIX } from './unix.ts';
import { METADATA } from './metadata.ts';
import { OWN_NETWORK } from './own-network.ts';
import { PACKETS } from './packets.ts';
import { SIBLINGS } from './siblings.ts';
import { TCP } from './tcp.ts';
import { TRICKS } from './tricks.ts';
import { UDP } from './udp.ts';

/** Ways around the gateway: direct ways to the host, or to anything else. */
export const WAYS: readonly Probe[] = [
  ...TCP,
  ...UDP,
  ...UNIX,
  ...ENGINE,
  ...TRICKS,
  ...OWN_NETWORK,
  ...PACKETS,
  ...SIBLINGS,
  ...METADATA,
];
