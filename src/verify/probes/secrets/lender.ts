import { request, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';
import type { Targets } from '../../arena/targets.ts';
import { tunnel } from '../../guest/wire.ts';
import type { Attempt } from '../probe.ts';

/** The host that receives the lent secret, and how to send it requests. */

/** The common fields of its probes. */
export const secret = {
  family: 'credentials',
  oracle: { kind: 'loot', of: 'secret' },
  control: 'canary',
  breach: 'has the key that it was to work without, and uses it from anywhere',
} as const;

export const NOTHING_LENDS = 'in the open no gateway lends anything';

/** The header for the secret. */
export const SLOT = 'x-api-key';

const MOST_TEXT = 64 * 1024;

export interface Order {
  readonly method?: string;
  readonly path: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
}

/** The names of the lender: one receives the lent secret, the other is only allowed. */
export type LenderName = 'lends' | 'opened';

/**
 * Sends a request to the lender over TLS that the gateway opens. Returns the whole answer: status, headers, body,
 * trailers.
 * @throws Error with the refusal's text
 */
export async function ask(t: Targets, name: LenderName, order: Order): Promise<string> {
  const { method = 'GET', path, headers = {}, body } = order;
  const host = `${t.names[name]}:${t.lenderPort}`;
  const { socket, answer } = await tunnel(host);
  if (!/ 2\d\d( |$)/.test(answer)) throw new Error(answer);
  const tls = connectTls({ socket, servername: t.names[name], rejectUnauthorized: false });
  const options = {
    method,
    path,
    headers: { host, connection: 'close', ...headers },
    createConnection: () => tls,
  };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(options, resolve).on('error', reject).end(body);
  });
  const content = (await text(response)).slice(0, MOST_TEXT);
  const { statusCode, statusMessage, rawHeaders, rawTrailers } = response;
  return [`${statusCode} ${statusMessage}`, ...rawHeaders, content, ...rawTrailers].join('\n');
}

/** Checks that an answer is a success. @throws Error with its beginning when it is not */
export function expectGood(answer: string): void {
  if (!answer.startsWith('2')) throw new Error(answer.slice(0, 400));
}

/** Sends the allowed request, which the lender records only if it bore the secret. */
export const lent: Attempt = async (t, nonce) =>
  expectGood(await ask(t, 'lends', { path: `/lent/${nonce}` }));
