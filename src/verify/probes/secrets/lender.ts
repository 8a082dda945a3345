import { request, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';
import type { Targets } from '../../arena/targets.ts';
import { tunnel } from '../../guest/wire.ts';
import type { Attempt } from '../probe.ts';

/** The host that a secret is lent to, and how it is asked. */

/** What its probes share. */
export const secret = {
  family: 'credentials',
  oracle: { kind: 'loot', of: 'secret' },
  control: 'canary',
  breach: 'has the key that it was to work without, and uses it from anywhere',
} as const;

export const NOTHING_LENDS = 'in the open no gateway lends anything';

/** Where the secret is put. */
export const SLOT = 'x-api-key';

const MOST_TEXT = 64 * 1024;

export interface Order {
  readonly method?: string;
  readonly path: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
}

/** The names of the lender: the one that is lent to, and one that is allowed and no more. */
export type LenderName = 'lends' | 'opened';

/**
 * Asks a host of the lender's, by TLS that the gateway opens. Gives all of the answer: its status, header, body, trailers.
 * @throws Error with what a refusal says
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

/** The beginning of an answer that is no success is what was met. @throws Error with it */
export function expectGood(answer: string): void {
  if (!answer.startsWith('2')) throw new Error(answer.slice(0, 400));
}

/** The allowed request, which the lender hears only when it bore the secret. */
export const lent: Attempt = async (t, nonce) =>
  expectGood(await ask(t, 'lends', { path: `/lent/${nonce}` }));
