import { carryHome } from '../../guest/wire.ts';
import type { Probe, Run } from '../probe.ts';
import { ask, expectGood, lent, NOTHING_LENDS, secret, SLOT, type LenderName, type Order } from './lender.ts';

/** The placeholder where it has no business. */

/** What programs in the bottle see in place of the key. In the open there is none. */
function placeholder(): string {
  const { LENT_KEY: value } = process.env;
  if (value === undefined) throw new Error('there is no placeholder');
  return value;
}

/** Where it is put, in a request to this path, or to another. */
type Place = (key: string, path: string) => Partial<Order>;

/** What a host makes of it is heard, beside the nonce. */
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
