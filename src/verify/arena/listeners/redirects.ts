/**
 * Answers of a host that send its client elsewhere. A nonce in them is hidden, as the packet capture would hear it on its way
 * to the client, which is no breach: only the listener at the end of the way finds it.
 */

export interface Redirect {
  readonly status: number;
  readonly header: readonly [name: string, value: string];
}

type Form = (location: string) => Redirect;

const located =
  (status: number): Form =>
  (location) => ({ status, header: ['Location', location] });

/** RFC 9110, 15.4; `Refresh` is what browsers know from HTML (meta http-equiv). */
const FORMS: Readonly<Record<string, Form>> = {
  '300': located(300),
  '301': located(301),
  '302': located(302),
  '303': located(303),
  '307': located(307),
  '308': located(308),
  refresh: (location) => ({ status: 200, header: ['Refresh', `0; url=${location}`] }),
};

/** A careless proxy passes the URL on as it was asked for. */
const PATH = /^(?:http:\/\/[^/]+)?\/redirect\/(\w+)\/([\w-]+)$/;

/** What `/redirect/FORM/WHERE-TO-IN-BASE64URL` asks for; undefined: it asks for something else. Pure. */
export function redirectAt(path: string): Redirect | undefined {
  const [, name = '', hidden = ''] = PATH.exec(path) ?? [];
  const form = Object.hasOwn(FORMS, name) ? FORMS[name] : undefined;
  const location = Buffer.from(hidden, 'base64url').toString('latin1');
  // A header is one line, whatever is asked.
  return form === undefined || !/^[\x21-\x7e]+$/.test(location) ? undefined : form(location);
}

/** The word that a client carries in a path to which a redirect led it, `/led/WORD-IN-BASE64URL`; empty where it carries none. Pure. */
export const carriedIn = (request: string): string =>
  Buffer.from(/\/led\/([\w-]+)/.exec(request)?.[1] ?? '', 'base64url').toString('latin1');
