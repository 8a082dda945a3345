import { makeNonce } from '../../../src/verify/arena/nonce.ts';

/** The input and output of guest/ask.mjs. */
export type Ask = { readonly id: string; readonly nonce: string } & (
  | ({ readonly kind: 'port'; readonly port: 3128 | 80 | 443 } & Spoken)
  | ({ readonly kind: 'tunnel'; readonly target: string } & Partial<Spoken>)
  | { readonly kind: 'name'; readonly name: string; readonly type: string }
);

type Spoken = { readonly text: string } | { readonly sni: string | null };

export interface Answer {
  readonly id: string;
  readonly status?: number;
  readonly type?: string;
  readonly body?: string;
  /** The first answer to TLS: an error, or `secure`. */
  readonly tls?: string;
  readonly tunnel?: number;
  readonly records?: readonly string[];
  /** Set if there was no answer of any kind. */
  readonly error?: string;
}

export const NAMES = {
  /** Allowed for plain HTTP on the canary's port; `http` also on port 80. */
  http: 'http-one.bottle.test',
  otherHttp: 'http-two.bottle.test',
  /** Allowed for TLS on the canary's port; `tls` also on port 443. */
  tls: 'tls-one.bottle.test',
  otherTls: 'tls-two.bottle.test',
  /** Not allowed. */
  no: 'not-allowed.bottle.test',
} as const;

interface Place {
  readonly address: string;
  readonly port: number;
  readonly ownName: string;
}

/** Returns rules with which all of `NAMES` but the last lead to the canary, and nothing else does. */
export function rulesTo({ address, port, ownName }: Place): Record<string, unknown>[] {
  const addresses = [address];
  return [
    { host: NAMES.http, port, scheme: 'http', addresses },
    { host: NAMES.otherHttp, port, scheme: 'http', addresses },
    { host: NAMES.http, port: 80, scheme: 'http', addresses },
    // Passed on without inspection: the canary receives exactly what was sent.
    { host: NAMES.tls, port, addresses, tls: 'pass' },
    { host: NAMES.otherTls, port, addresses, tls: 'pass' },
    { host: NAMES.tls, port: 443, addresses, tls: 'pass' },
    { host: ownName, port, scheme: 'http' },
  ];
}

const get = (url: string, host: string, nonce: string): string =>
  `GET ${url}/${nonce} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;

type Draft<Kind> = Kind extends Ask ? Omit<Kind, 'nonce'> : never;

/** Fills in the nonces. */
const draw = (drafts: readonly ((nonce: string) => Draft<Ask>)[]): Ask[] =>
  drafts.map((draft) => {
    const nonce = makeNonce();
    return { ...draft(nonce), nonce };
  });

/** Requests that must reach the canary. */
export const allowedAsks = ({ port }: Place): Ask[] =>
  draw([
    (nonce) => ({
      id: 'proxy',
      kind: 'port',
      port: 3128,
      text: get(`http://${NAMES.http}:${port}`, `${NAMES.http}:${port}`, nonce),
    }),
    (nonce) => ({ id: 'port 80', kind: 'port', port: 80, text: get('', NAMES.http, nonce) }),
    (nonce) => ({
      id: 'tunnel to http',
      kind: 'tunnel',
      target: `${NAMES.http}:${port}`,
      text: get('', `${NAMES.http}:${port}`, nonce),
    }),
    () => ({ id: 'tunnel to tls', kind: 'tunnel', target: `${NAMES.tls}:${port}`, sni: NAMES.tls }),
    () => ({
      id: 'tunnel, other case and a dot',
      kind: 'tunnel',
      target: `${NAMES.tls.toUpperCase()}.:${port}`,
      sni: NAMES.tls,
    }),
    () => ({ id: 'port 443', kind: 'port', port: 443, sni: NAMES.tls }),
  ]);

/** Requests that the policy denies, where HTTP can say so. */
export const deniedAsks = ({ port, address }: Place): Ask[] =>
  draw([
    (nonce) => ({ id: 'proxy', kind: 'port', port: 3128, text: get(`http://${NAMES.no}`, NAMES.no, nonce) }),
    (nonce) => ({ id: 'port 80', kind: 'port', port: 80, text: get('', NAMES.no, nonce) }),
    () => ({ id: 'tunnel', kind: 'tunnel', target: `${NAMES.no}:443`, sni: NAMES.no }),
    () => ({ id: 'tunnel to an address', kind: 'tunnel', target: `${address}:${port}`, sni: NAMES.tls }),
    () => ({ id: 'tunnel to loopback', kind: 'tunnel', target: `127.0.0.1:${port}`, sni: NAMES.tls }),
    () => ({ id: 'tunnel to IPv6 loopback', kind: 'tunnel', target: `[::1]:${port}`, sni: NAMES.tls }),
    () => ({
      id: 'another port of an allowed host',
      kind: 'tunnel',
      target: `${NAMES.tls}:${port + 1}`,
      sni: NAMES.tls,
    }),
    (nonce) => ({
      id: 'proxy to an address',
      kind: 'port',
      port: 3128,
      text: get(`http://${address}:${port}`, `${address}:${port}`, nonce),
    }),
    (nonce) => ({ id: 'port 80 to an address', kind: 'port', port: 80, text: get('', address, nonce) }),
  ]);

/** Every way in which two of CONNECT, Host and SNI can differ, or be absent where they are required. */
export const mismatchAsks = ({ port }: Place): Ask[] =>
  draw([
    () => ({
      id: 'CONNECT allowed, SNI another that is allowed',
      kind: 'tunnel',
      target: `${NAMES.tls}:${port}`,
      sni: NAMES.otherTls,
    }),
    () => ({
      id: 'CONNECT allowed, SNI not allowed',
      kind: 'tunnel',
      target: `${NAMES.tls}:${port}`,
      sni: NAMES.no,
    }),
    () => ({ id: 'CONNECT allowed, no SNI', kind: 'tunnel', target: `${NAMES.tls}:${port}`, sni: null }),
    (nonce) => ({
      id: 'CONNECT for TLS, plain text',
      kind: 'tunnel',
      target: `${NAMES.tls}:${port}`,
      text: `${nonce}\r\n\r\n`,
    }),
    (nonce) => ({
      id: 'CONNECT for TLS, plain HTTP',
      kind: 'tunnel',
      target: `${NAMES.tls}:${port}`,
      text: get('', `${NAMES.tls}:${port}`, nonce),
    }),
    () => ({ id: 'CONNECT for HTTP, TLS', kind: 'tunnel', target: `${NAMES.http}:${port}`, sni: NAMES.http }),
    (nonce) => ({
      id: 'CONNECT for HTTP, Host another that is allowed',
      kind: 'tunnel',
      target: `${NAMES.http}:${port}`,
      text: get('', `${NAMES.otherHttp}:${port}`, nonce),
    }),
    (nonce) => ({
      id: 'CONNECT for HTTP, Host not allowed',
      kind: 'tunnel',
      target: `${NAMES.http}:${port}`,
      text: get('', NAMES.no, nonce),
    }),
    (nonce) => ({
      id: 'URL allowed, Host another that is allowed',
      kind: 'port',
      port: 3128,
      text: get(`http://${NAMES.http}:${port}`, `${NAMES.otherHttp}:${port}`, nonce),
    }),
    (nonce) => ({
      id: 'URL allowed, Host not allowed',
      kind: 'port',
      port: 3128,
      text: get(`http://${NAMES.http}:${port}`, NAMES.no, nonce),
    }),
    (nonce) => ({
      id: 'URL allowed, two Hosts',
      kind: 'port',
      port: 3128,
      text: get(`http://${NAMES.http}:${port}`, `${NAMES.http}:${port}\r\nHost: ${NAMES.no}`, nonce),
    }),
    (nonce) => ({
      id: 'URL not allowed, Host allowed',
      kind: 'port',
      port: 3128,
      text: get(`http://${NAMES.no}:${port}`, `${NAMES.http}:${port}`, nonce),
    }),
    (nonce) => ({
      id: 'port 80, URL with another host',
      kind: 'port',
      port: 80,
      text: get(`http://${NAMES.http}`, NAMES.no, nonce),
    }),
    (nonce) => ({
      id: 'port 80, no Host',
      kind: 'port',
      port: 80,
      text: `GET /${nonce} HTTP/1.1\r\nConnection: close\r\n\r\n`,
    }),
    () => ({ id: 'port 443, SNI not allowed', kind: 'port', port: 443, sni: NAMES.no }),
    () => ({ id: 'port 443, no SNI', kind: 'port', port: 443, sni: null }),
    (nonce) => ({ id: 'port 443, plain HTTP', kind: 'port', port: 443, text: get('', NAMES.tls, nonce) }),
    () => ({ id: 'port 80, TLS', kind: 'port', port: 80, sni: NAMES.http }),
  ]);

/** Queries for names that are not allowed, each a name that nobody else would ask for. */
export const nameAsks = (): Ask[] =>
  draw(
    ['A', 'AAAA', 'TXT', 'MX', 'CNAME', 'NS', 'SRV'].map((type) => (nonce) => ({
      id: type,
      kind: 'name',
      name: `${nonce}.leak.test`,
      type,
    })),
  );
