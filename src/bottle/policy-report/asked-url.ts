import { domainToASCII } from 'node:url';
import { BottleError } from '../../errors.ts';
import type { Scheme } from '../../gateway/config.ts';
import { canonicalEndpoint } from '../../gateway/message/canonical.ts';

/** A URL that a user asks about, split as the gateway sees it: the path as sent, not normalised. */
export interface AskedUrl {
  readonly host: string;
  readonly port: number;
  readonly scheme: Scheme;
  /** Empty for raw TCP. */
  readonly path: string;
  readonly isWebSocket: boolean;
}

interface Protocol {
  readonly scheme: Scheme;
  readonly port?: number;
  readonly isWebSocket?: true;
}

const PROTOCOLS: Readonly<Record<string, Protocol>> = {
  https: { scheme: 'https', port: 443 },
  http: { scheme: 'http', port: 80 },
  wss: { scheme: 'https', port: 443, isWebSocket: true },
  ws: { scheme: 'http', port: 80, isWebSocket: true },
  tcp: { scheme: 'tcp' },
  ssh: { scheme: 'tcp', port: 22 },
};

/**
 * Splits a URL (RFC 3986, 3); the default scheme is `https`.
 * @throws BottleError `usage` for a URL that cannot be put to the gateway
 */
export function parseAskedUrl(text: string): AskedUrl {
  const [, name = 'https', authority = '', rest = ''] =
    /^(?:([A-Za-z][A-Za-z0-9+.-]*):\/\/)?([^/?#]*)([^#]*)/.exec(text) ?? [];
  const protocol = PROTOCOLS[name.toLowerCase()];
  if (protocol === undefined) throw wrong(text, `nobody speaks ${name} through the gateway`);
  const endpoint = canonicalEndpoint(authority.replace(/^[^@]*@/, ''), protocol.port);
  if ('refused' in endpoint) throw wrongHost(text, authority, endpoint.refused);
  const path = rest.startsWith('/') ? rest : `/${rest}`;
  // A request line cannot contain such characters (RFC 9112, 3.2).
  if (protocol.scheme !== 'tcp' && /[^!-~]/.test(path)) throw notEncoded(text);
  return {
    host: endpoint.host.host,
    port: endpoint.port,
    scheme: protocol.scheme,
    path: protocol.scheme === 'tcp' ? '' : path,
    isWebSocket: protocol.isWebSocket === true,
  };
}

const notEncoded = (text: string): BottleError =>
  new BottleError('usage', `${JSON.stringify(text)} cannot be judged: no client sends such a path as it is`, {
    fix: `percent-encode it: ${Buffer.from(text)
      .toString('latin1')
      .replaceAll(/[^!-~]/g, percentEncoded)}`,
  });

/** RFC 3986, 2.1. */
const percentEncoded = (byte: string): string =>
  `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;

/** The fix is the name in its DNS form, if it has one. */
function wrongHost(text: string, authority: string, refused: string): BottleError {
  const name = authority.replace(/:\d*$/, '');
  const inDns = /[^ -~]/.test(name) ? domainToASCII(name) : '';
  if (inDns === '') return wrong(text, `the host ${refused}`);
  return new BottleError('usage', `${JSON.stringify(text)} cannot be judged: the host ${refused}`, {
    fix: `write the name in its DNS form: ${text.replace(name, inDns)}`,
  });
}

const wrong = (text: string, why: string): BottleError =>
  new BottleError('usage', `${JSON.stringify(text)} cannot be judged: ${why}`, {
    fix: `write it as https://example.org/path; also known are ${Object.keys(PROTOCOLS).join(', ')}`,
  });
