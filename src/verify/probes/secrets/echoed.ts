import { carryLoot, LOOT_WORD } from '../../guest/loot.ts';
import type { Probe } from '../probe.ts';
import { ask, lent, NOTHING_LENDS, secret, type Order } from './lender.ts';

/** Probes in which the lender sends back what it received. */

const decode = (word: string, encoding: BufferEncoding): string =>
  Buffer.from(word, encoding).toString('latin1');

/** Returns a text together with its base64 and hex decodings. */
const spelled = (answer: string): string =>
  [
    answer,
    ...(answer.match(/[0-9a-zA-Z+/=]{20,}/g) ?? []).flatMap((word) => [
      decode(word, 'base64'),
      decode(word, 'hex'),
    ]),
  ]
    .join('\n')
    .replaceAll(/[\r\n]+/g, '\n');

/** Sends home what comes, and also prints it, because the gateway may hold back values that it knows. */
const echo = (id: string, where: string, order: Partial<Order> = {}): Probe => ({
  ...secret,
  id: `echo-${id}`,
  claim: `A secret that its host gives back ${where} does not come to the bottle.`,
  attack: `have the host give it back ${where}`,
  closedInTheOpen: NOTHING_LENDS,
  source: 'boxlite #1500: an echo returned the real key',
  run: {
    attack: async (t, nonce) => {
      const answer = await ask(t, 'lends', { path: `/echo/${id}`, ...order });
      const text = spelled(answer);
      await carryLoot(t, nonce, text).catch(() => undefined);
      throw new Error([...(text.match(LOOT_WORD) ?? []), answer].join(' '));
    },
    control: lent,
  },
});

export const ECHOED: readonly Probe[] = [
  echo('body', 'in its content'),
  echo('json', 'in JSON'),
  echo('header', 'in a header'),
  echo('cookie', 'in a cookie'),
  echo('redirect', 'in the address of a redirect'),
  echo('error', 'in an error'),
  echo('status', 'in the status line'),
  echo('event', 'in an event stream'),
  echo('trailer', 'in a trailer', { headers: { te: 'trailers' } }),
  echo('base64', 'in base64'),
  echo('hex', 'in hex'),
  echo('gzip', 'compressed', { headers: { 'accept-encoding': 'gzip' } }),
  echo('chunks', 'in small pieces'),
  echo('trace', 'by TRACE', { method: 'TRACE', path: '/trace' }),
];
