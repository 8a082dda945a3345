import type { Targets } from '../../arena/targets.ts';
import { askHeaded } from '../../guest/requests.ts';
import { eachSpelling } from '../../guest/wire.ts';
import type { Probe, Run } from '../probe.ts';

/**
 * Requests that name two hosts, or that two parsers split differently. The nonce is in the name of the host that is not
 * allowed.
 */

/** The common fields of probes with two hosts, of which one is not allowed. */
export const two = {
  family: 'hosts',
  oracle: { kind: 'canary' },
  control: 'canary',
  breach: 'reaches another host behind the same front, such as a CDN, under cover of an allowed one',
  source: 'Fifield et al., domain fronting (2015); microsandbox #709; RFC 9112, 3.2',
} as const satisfies Partial<Probe>;

/** The common fields of probes with a request inside another, or one that only some parsers see. */
export const smuggled = {
  ...two,
  breach: 'slips a request by the gateway, hidden in another',
  source: 'Kettle, HTTP Desync Attacks (2019); RFC 9112, 11.2',
} as const satisfies Partial<Probe>;

/** Returns the allowed host, with its port. */
export const good = ({ names, port }: Targets): string => `${names.http}:${port}`;

/** Returns the host that is not allowed, with its port. */
export const evil = ({ names, port }: Targets, nonce: string): string => `${nonce}.${names.other}:${port}`;

/** Returns the text of a request to that host, to hide in another request. */
export const hidden = (t: Targets, nonce: string): string =>
  `GET http://${evil(t, nonce)}/ HTTP/1.1\r\nHost: ${evil(t, nonce)}\r\n\r\n`;

export const CHUNKED = 'Transfer-Encoding: chunked';

/** Returns a run that sends an allowed request with other lines instead of Host; the control has the right Host. */
export const headed = (...spell: readonly ((good: string, evil: string) => readonly string[])[]): Run => ({
  attack: (t, nonce) =>
    eachSpelling(nonce, spell, (lines, nonce) => askHeaded(t, lines(good(t), evil(t, nonce)))),
  control: (t, nonce) => askHeaded(t, [`Host: ${good(t)}`, `X-Own: ${nonce}`]),
});
