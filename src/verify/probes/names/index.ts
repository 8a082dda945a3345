import type { Probe } from '../probe.ts';
import { CUT } from './cut.ts';
import { DENIED } from './denied.ts';
import { LITERALS, PORTS } from './addresses-and-ports.ts';
import { OVER_MATCH } from './over-match.ts';

/** Names, addresses and ports that two programs parse differently. */
export const NAMES: readonly Probe[] = [...CUT, ...DENIED, ...OVER_MATCH, ...LITERALS, ...PORTS];
