import type { Probe } from '../probe.ts';
import { BY_SHAPE } from './by-shape.ts';
import { CARRIED } from './carried.ts';
import { CUT_UP } from './cut-up.ts';
import { DISGUISED } from './disguised.ts';

/**
 * What leaves by allowed ways: an agent that does what a text told it has something secret, and sends it to a host that is
 * allowed, opened, and an attacker's. That host reads what came to it, with the disguise undone; the control sends something as
 * long and as odd, in the same disguise, and must be read there. What they say nothing about is in ../not-covered.ts.
 */
export const LEAKS: readonly Probe[] = [...CARRIED, ...DISGUISED, ...CUT_UP, ...BY_SHAPE];
