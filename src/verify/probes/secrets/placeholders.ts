import type { OutgoingHttpHeaders } from 'node:http';
import { carryHome } from '../../guest/wire.ts';
import type { Probe, Run } from '../probe.ts';
import { ask, expectGood, lent, NOTHING_LENDS, secret, SLOT, type LenderName, type Order } from './lender.ts';

/** Probes with the placeholder of a lent secret. */

/** Returns what programs in the bottle see instead of the key. In the open there is none. */
function placeholder(): string {
  const { LENT_KEY: value } = process.env;
  if (value === undefined) throw new Error('there is no placeholder');
  return value;
}

/** Puts the placeholder into a request to this path, or to another path. */
type Place = (key: string, path: string) => Partial<Order>;

/** Returns a run that sends the placeholder to a host, which records what arrives together with the nonce. */
const sentTo = (host: LenderName, place: Place): Run => ({
  attack: async (t, nonce) => {
    const path = `/misplaced/${nonce}`;
    expectGood(await ask(t, host, { path, ...place(placeholder(), path) }));
  },
  control: lent,
});

const misplaced = (id: string, where: string, run: Run): Probe => ({
  ...secret,
  id: `placeholder-${id}`,
  claim: `A placeholder ${where} is not replaced by the secret.`,
  attack: `send the placeholder ${where}`,
  closedInTheOpen: NOTHING_LENDS,
  source: 'boxlite #1500: replaced in the body too',
  run,
});

const toLender = (id: string, where: string, place: Place): Probe =>
  misplaced(id, where, sentTo('lends', place));

/** Probes with the placeholder in a wrong place. */
export const PLACEHOLDERS: readonly Probe[] = [
  {
    ...misplaced(
      'elsewhere',
      'to another allowed host',
      sentTo('opened', (key) => ({ headers: { [SLOT]: key } })),
    ),
    source: 'OpenShell #2353: a placeholder for one host was replaced at every allowed host',
  },
  {
    ...misplaced('plain', 'by plain HTTP', {
      attack: async (t, nonce) => await carryHome(t, `${nonce}/${placeholder()}`),
      control: lent,
    }),
    source: 'microsandbox #1422, vercel/eve #2440: TLS was not opened',
  },
  toLender('body', 'in the content', (key) => ({ method: 'POST', body: `{"key":"${key}"}` })),
  toLender('query', 'in the query', (key, path) => ({ path: `${path}?key=${key}` })),
  toLender('path', 'in the path', (key, path) => ({ path: `${path}/${key}` })),
  toLender('header', 'in another header', (key) => ({ headers: { 'x-note': key } })),
  toLender('cookie', 'in a cookie', (key) => ({ headers: { cookie: `key=${key}` } })),
  toLender('bearer', 'as a bearer token', (key) => ({ headers: { authorization: `Bearer ${key}` } })),
];

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

/** Probes with the attacker's own credential, which must not arrive. */
export const OWN: readonly Probe[] = [
  own({ id: 'key', what: 'in the slot' }, (nonce) => ({ [SLOT]: nonce })),
  own({ id: 'key-twice', what: 'twice in the slot' }, (nonce) => ({ [SLOT]: [nonce, nonce] })),
  own({ id: 'bearer', what: 'as a bearer token' }, (nonce) => ({ authorization: `Bearer ${nonce}` })),
  own({ id: 'basic', what: 'as a password' }, (nonce) => ({ authorization: `Basic ${nonce}` })),
];
