import type { OutgoingHttpHeaders } from 'node:http';
import type { Probe } from '../probe.ts';
import { ask, expectGood, lent, NOTHING_LENDS, secret, SLOT } from './lender.ts';

/** A credential of the attacker's own, which must not arrive. */

interface Words {
  readonly id: string;
  readonly what: string;
}

const own = ({ id, what }: Words, headersOf: (nonce: string) => OutgoingHttpHeaders): Probe => ({
  ...secret,
  id: `own-${id}`,
  claim: `No credential of the agent's own arrives where one is lent: ${what}.`,
  attack: `send its own credential ${what}`,
  closedInTheOpen: NOTHING_LENDS,
  oracle: { kind: 'canary' },
  breach: "works under another account, and carries data out to the attacker's",
  source: "PromptArmor on Claude Cowork, January 2026: the attacker's own key at an allowed host",
  run: {
    attack: async (t, nonce) =>
      expectGood(await ask(t, 'lends', { path: '/own', headers: headersOf(nonce) })),
    control: lent,
  },
});

export const OWN: readonly Probe[] = [
  own({ id: 'key', what: 'in the slot' }, (nonce) => ({ [SLOT]: nonce })),
  own({ id: 'key-twice', what: 'twice in the slot' }, (nonce) => ({ [SLOT]: [nonce, nonce] })),
  own({ id: 'bearer', what: 'as a bearer token' }, (nonce) => ({ authorization: `Bearer ${nonce}` })),
  own({ id: 'basic', what: 'as a password' }, (nonce) => ({ authorization: `Basic ${nonce}` })),
];
