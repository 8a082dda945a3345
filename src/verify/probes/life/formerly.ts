import type { Targets } from '../../arena/targets.ts';
import { ask, expectGood, textOf } from '../../guest/requests.ts';
import { DEADLINE_MS } from '../../guest/processes.ts';
import { all, datagram, NOT_MADE, open, proxy, question, send, within } from '../../guest/wire.ts';
import type { Probe } from '../probe.ts';
import { DNS_PORT } from '../ways/aims.ts';

/**
 * A name that the first bottle may ask for, and the next one of that name may not. Anything stored by the bottle's name
 * would still allow it.
 */

/** Timeout in milliseconds, shorter than that of the whole attempt, so that a timeout here counts as `NOT_MADE`. */
const FIRST_MS = 10_000;

/**
 * Uses the grant in the first bottle: only a grant that worked can be taken away. The nonce is only in a DNS query,
 * which the gateway passes on to nobody.
 */
async function first(t: Targets, nonce: string): Promise<void> {
  const { host } = proxy();
  try {
    const asked = ask(t, { host: t.names.formerly, path: '/formerly' });
    await within(FIRST_MS, asked);
    await datagram('udp4', { port: DNS_PORT, address: host }, question(`${nonce}.${t.names.formerly}`));
  } catch (cause) {
    throw new Error(NOT_MADE, { cause });
  }
}

/** Tries the same in the next bottle, at its own gateway and at the first bottle's address. */
async function next(t: Targets, nonce: string): Promise<void> {
  if (t.formerProxy === undefined) throw new Error(NOT_MADE);
  const former = new URL(t.formerProxy);
  const where = { host: former.hostname, port: Number(former.port) };
  const hosts = [t.names.formerly, `${nonce}.${t.names.formerly}`];
  const resolvers = [...new Set([proxy().host, former.hostname])];
  await Promise.allSettled(
    resolvers.map((address) =>
      datagram('udp4', { port: DNS_PORT, address }, question(`${nonce}.${t.names.formerly}`)),
    ),
  );
  await all([
    ...hosts.map((host) => ask(t, { host, path: `/${nonce}` })),
    ...hosts.map(async (host) => {
      const at = `${host}:${t.port}`;
      const text = textOf({ target: `http://${at}/${nonce}`, lines: [`Host: ${at}`] });
      expectGood(await send(await open(where), text));
    }),
  ]);
}

export const FORMERLY_ALLOWED: readonly Probe[] = [
  {
    family: 'life',
    id: 'life-formerly',
    when: 'inTwoParts',
    claim: 'What the bottle before it was allowed is not allowed to the next one of the same name.',
    attack: 'ask for what the bottle of that name was allowed before',
    oracle: { kind: 'end', sees: 'granted' },
    control: 'canary',
    breach: 'keeps access that its user has withdrawn',
    source: 'CWE-613, CWE-672: a grant is used after it has ended, here by the next bottle of that name',
    run: {
      deadlineMs: DEADLINE_MS,
      attack: async (t, nonce) => await (t.isNext ? next(t, nonce) : first(t, nonce)),
      control: async (t, nonce) => await ask(t, { host: t.names.formerly, path: `/${nonce}` }),
    },
  },
];
