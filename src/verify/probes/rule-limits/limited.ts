import { ask, type Asked } from '../../guest/requests.ts';
import { eachSpelling } from '../../guest/wire.ts';
import type { Attempt, Probe, Run } from '../probe.ts';

/**
 * Requests to a host of which a rule allows one method and one folder. Only the part that is not allowed contains the
 * nonce.
 */

/** The common fields of these probes. */
export const onLimited = {
  family: 'hosts',
  oracle: { kind: 'canary' },
  control: 'canary',
} as const satisfies Partial<Probe>;

/** Returns a text with this nonce in it. */
export type Spell = (nonce: string) => string;

const inFolder: Attempt = (t, nonce) => ask(t, { host: t.names.limited, path: `/allowed/${nonce}` });

/** Returns a run that sends all these requests; its control asks for a path in the allowed folder. */
export const limited = (...requests: readonly ((nonce: string) => Omit<Asked, 'host'>)[]): Run => ({
  attack: (t, nonce) =>
    eachSpelling(nonce, requests, (make, nonce) => ask(t, { host: t.names.limited, ...make(nonce) })),
  control: inFolder,
});

/**
 * Returns a run that sends an allowed request with each of these headers; its control proves that other headers get
 * through.
 */
export const headers = (...lines: readonly Spell[]): Run => ({
  ...limited(...lines.map((line) => (nonce: string) => ({ path: '/allowed/', lines: [line(nonce)] }))),
  control: (t, nonce) => ask(t, { host: t.names.limited, path: '/allowed/', lines: [`X-Own: ${nonce}`] }),
});
