import type { Probe } from '../probe.ts';
import { BY_SHAPE } from './by-shape.ts';
import { CARRIED } from './carried.ts';
import { CUT_UP } from './cut-up.ts';
import { DISGUISED } from './disguised.ts';

/**
 * Secrets that leave by allowed ways: an agent under an attacker's influence sends a secret to a host that is allowed,
 * opened, and the attacker's. That host undoes the disguise and reads it. The control sends a similar word in the same
 * disguise, which must arrive. What the probes do not cover is in ../not-covered.ts.
 */
export const LEAKS: readonly Probe[] = [...CARRIED, ...DISGUISED, ...CUT_UP, ...BY_SHAPE];
