import type { Probe } from '../probe.ts';
import { BY_GATEWAY, IN_HTTP } from './by-gateway.ts';
import { ELSEWHERE } from './elsewhere.ts';
import { SHOUTED } from './shouted.ts';

/** All probes that use DNS, or a replacement for it, as a way out. */
export const DNS: readonly Probe[] = [...ELSEWHERE, ...BY_GATEWAY, ...IN_HTTP, ...SHOUTED];
