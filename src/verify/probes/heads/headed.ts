import type { Targets } from '../../arena/targets.ts';
import { askHeaded } from '../../guest/requests.ts';
import { eachSpelling } from '../../guest/wire.ts';
import type { Probe, Run } from '../probe.ts';

/** Requests whose parts name two hosts, or that two readers cut in two ways. What is in the nonce's name is not allowed. */

/** Of two hosts, one is not allowed. */
export const two = {
  family: 'hosts',
  oracle: { kind: 'canary' },
  control: 'canary',
  breach: 'reaches another host behind the same front, such as a CDN, under cover of an allowed one',
  source: 'Fifield et al., domain fronting (2015); microsandbox #709; RFC 9112, 3.2',
} as const satisfies Partial<Probe>;

/** A request in another, or what only some read so. */
export const smuggled = {
  ...two,
  breach: 'slips a request by the gateway, hidden in another',
  source: 'Kettle, HTTP Desync Attacks (2019); RFC 9112, 11.2',
} as const satisfies Partial<Probe>;

/** The host that is allowed, with its port. */
export const good = ({ names, port }: Targets): string => `${names.http}:${port}`;

/** The one that is not. */
export const evil = ({ names, port }: Targets, nonce: string): string => `${nonce}.${names.other}:${port}`;

/** The text of a request to it, to be hidden in another. */
export const hidden = (t: Targets, nonce: string): string =>
  `GET http://${evil(t, nonce)}/ HTTP/1.1\r\nHost: ${evil(t, nonce)}\r\n\r\n`;

export const CHUNKED = 'Transfer-Encoding: chunked';

/** An allowed request with other lines in place of its Host; the control has the right one. */
export const headed = (...spell: readonly ((good: string, evil: string) => readonly string[])[]): Run => ({
  attack: (t, nonce) =>
    eachSpelling(nonce, spell, (lines, nonce) => askHeaded(t, lines(good(t), evil(t, nonce)))),
  control: (t, nonce) => askHeaded(t, [`Host: ${good(t)}`, `X-Own: ${nonce}`]),
});
