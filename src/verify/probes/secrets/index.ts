import type { Probe } from '../probe.ts';
import { ECHOED } from './echoed.ts';
import { FOUND } from './found.ts';
import { OWN, PLACEHOLDERS } from './placeholders.ts';

/** A secret that the gateway lends to one host: attempts to obtain it, or to have it sent elsewhere. */
export const SECRETS: readonly Probe[] = [...FOUND, ...ECHOED, ...PLACEHOLDERS, ...OWN];
