/**
 * Answers that redirect a client. A nonce in them is encoded, because the packet capture would otherwise hear it on its
 * way to the client, which is no breach; only the listener at the redirect's target decodes it.
 */

export interface Redirect {
  readonly status: number;
  readonly header: readonly [name: string, value: string];
}

type Form = (location: string) => Redirect;

const located =
  (status: number): Form =>
  (location) => ({ status, header: ['Location', location] });

/** Forms of redirect: RFC 9110, 15.4; `Refresh` is what browsers know from HTML (meta http-equiv). */
const FORMS: Readonly<Record<string, Form>> = {
  '300': located(300),
  '301': located(301),
  '302': located(302),
  '303': located(303),
  '307': located(307),
  '308': located(308),
  refresh: (location) => ({ status: 200, header: ['Refresh', `0; url=${location}`] }),
};

/** Accepts an absolute URL too, because a careless proxy passes it on as requested. */
const PATH = /^(?:http:\/\/[^/]+)?\/redirect\/(\w+)\/([\w-]+)$/;

/**
 * Returns the redirect that the path `/redirect/FORM/TARGET-IN-BASE64URL` asks for; undefined for other paths. Pure.
 */
export function redirectAt(path: string): Redirect | undefined {
  const [, name = '', hidden = ''] = PATH.exec(path) ?? [];
  const form = Object.hasOwn(FORMS, name) ? FORMS[name] : undefined;
  const location = Buffer.from(hidden, 'base64url').toString('latin1');
  // A header is one line, so this rejects any other target.
  return form === undefined || !/^[\x21-\x7e]+$/.test(location) ? undefined : form(location);
}

/**
 * Returns the word in the path `/led/WORD-IN-BASE64URL`, to which a redirect led a client; empty if there is none.
 * Pure.
 */
export const carriedIn = (request: string): string =>
  Buffer.from(/\/led\/([\w-]+)/.exec(request)?.[1] ?? '', 'base64url').toString('latin1');
