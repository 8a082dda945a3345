import { ask, type Asked } from '../../guest/requests.ts';
import { eachSpelling } from '../../guest/wire.ts';
import type { Attempt, Probe, Run } from '../probe.ts';

/** Requests to a host of which a rule allows one method and one folder. The nonce is in what is not allowed, and nowhere else. */

/** What all of these have in common. */
export const onLimited = {
  family: 'hosts',
  oracle: { kind: 'canary' },
  control: 'canary',
} as const satisfies Partial<Probe>;

/** A text with this nonce in it. */
export type Spell = (nonce: string) => string;

const inFolder: Attempt = (t, nonce) => ask(t, { host: t.names.limited, path: `/allowed/${nonce}` });

/** Asks for all of these; the control, for what is in the folder. */
export const limited = (...requests: readonly ((nonce: string) => Omit<Asked, 'host'>)[]): Run => ({
  attack: (t, nonce) =>
    eachSpelling(nonce, requests, (make, nonce) => ask(t, { host: t.names.limited, ...make(nonce) })),
  control: inFolder,
});

/** Asks for what is allowed, with one of these headers. The control shows that other headers come along. */
export const headers = (...lines: readonly Spell[]): Run => ({
  ...limited(...lines.map((line) => (nonce: string) => ({ path: '/allowed/', lines: [line(nonce)] }))),
  control: (t, nonce) => ask(t, { host: t.names.limited, path: '/allowed/', lines: [`X-Own: ${nonce}`] }),
});
