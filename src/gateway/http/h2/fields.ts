import type { RequestHead } from '../../message/exchange.ts';
import type { RawHeaders } from '../../message/headers.ts';
import { StreamFault } from './faults.ts';

/** Validates the fields of a message (RFC 9113, 8.1 to 8.3). An invalid message has no meaning, and is refused. */

export interface RequestHead2 extends RequestHead {
  /** Empty where there is none. */
  readonly scheme: string;
  readonly authority: string;
  /** The protocol of an extended CONNECT (RFC 8441, 4). */
  readonly protocol: string;
  /** Undefined: the message states none. */
  readonly contentLength: number | undefined;
}

export interface AnswerHead2 {
  readonly status: number;
  readonly headers: string[];
  readonly contentLength: number | undefined;
}

const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
const METHOD = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** RFC 9110, 5.5: the only allowed control character is the tab. */
// oxlint-disable-next-line no-control-regex -- the expression matches these characters
const NO_VALUE = /[\0-\x08\x0a-\x1f\x7f]/;
/** RFC 9113, 8.2.1: a value has no space around it. */
const SPACE_AROUND = /^[ \t]+|[ \t]+$/g;
const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*$/;
const PATH = /^[/*][!-~\x80-\xff]*$/;
const AUTHORITY = /^[!-~]*$/;
const STATUS = /^[1-9][0-9]{2}$/;
const LENGTH = /^[0-9]{1,15}$/;

interface Kind {
  readonly pseudo: ReadonlySet<string>;
  /** Some hosts send values with space around them, and clients have always removed it. */
  readonly trims: boolean;
  /** Returns a field's name for error messages. It hides names from hosts, which may contain what the host was lent. */
  readonly shown: (name: string) => string;
}

const quoted = (name: string): string => JSON.stringify(name.slice(0, 40));
const unnamed = (): string => 'a field';

const REQUEST: Kind = {
  pseudo: new Set([':method', ':scheme', ':authority', ':path', ':protocol']),
  trims: false,
  shown: quoted,
};
const ANSWER: Kind = { pseudo: new Set([':status']), trims: true, shown: unnamed };
const TRAILERS: Kind = { pseudo: new Set(), trims: true, shown: unnamed };

const OF_ONE_CONNECTION = new Set([
  'connection',
  'proxy-connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
]);

/** Parses a request's fields. @throws StreamFault with the reason */
export function readRequest(fields: RawHeaders): RequestHead2 {
  const { pseudo, headers, contentLength } = readFields(fields, REQUEST);
  const [method, authority, protocol] = [
    pseudo.get(':method'),
    pseudo.get(':authority'),
    pseudo.get(':protocol'),
  ];
  const [scheme = '', path = ''] = [pseudo.get(':scheme'), pseudo.get(':path')];
  if (method === undefined || !METHOD.test(method)) throw malformed('it has no method');
  if (authority !== undefined && !AUTHORITY.test(authority)) throw malformed('its :authority is invalid');
  if (protocol !== undefined && method !== 'CONNECT') throw malformed('a protocol without CONNECT');
  // RFC 9113, 8.5: a tunnel has only an authority.
  const isTunnel = method === 'CONNECT' && protocol === undefined;
  if (isTunnel !== (scheme === '' && path === ''))
    throw malformed('it lacks a scheme or a path, or is a CONNECT and has one');
  if (!isTunnel && !SCHEME.test(scheme)) throw malformed('its scheme is invalid');
  if (!isTunnel && !PATH.test(path)) throw malformed('its path is invalid');
  return {
    method,
    scheme,
    authority: authority ?? '',
    path,
    protocol: protocol ?? '',
    headers,
    contentLength,
  };
}

/** Parses an answer's fields. @throws StreamFault */
export function readAnswer(fields: RawHeaders): AnswerHead2 {
  const { pseudo, headers, contentLength } = readFields(fields, ANSWER);
  const status = pseudo.get(':status') ?? '';
  // RFC 9113, 8.6: HTTP/2 cannot switch to another protocol.
  if (!STATUS.test(status) || status === '101')
    throw malformed(status === '101' ? 'its status is 101' : 'its status is invalid');
  return { status: Number(status), headers, contentLength };
}

/** Parses trailers. @throws StreamFault */
export function readTrailers(fields: RawHeaders): string[] {
  return readFields(fields, TRAILERS).headers;
}

interface Read {
  readonly pseudo: ReadonlyMap<string, string>;
  readonly headers: string[];
  readonly contentLength: number | undefined;
}

function readFields(fields: RawHeaders, kind: Kind): Read {
  const { pseudo: allowed, shown } = kind;
  const pseudo = new Map<string, string>();
  const headers: string[] = [];
  let contentLength: number | undefined;
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const name = fields[index] ?? '';
    const value = trimmed(fields[index + 1] ?? '', name, kind);
    if (NO_VALUE.test(value)) throw malformed(`the value of ${shown(name)} is invalid`);
    if (name.startsWith(':')) {
      if (headers.length > 0) throw malformed(`${shown(name)} comes after the headers`);
      if (!allowed.has(name)) throw malformed(`${shown(name)} has no meaning here`);
      if (pseudo.has(name)) throw malformed(`it has two ${name}`);
      pseudo.set(name, value);
      continue;
    }
    checkName(name, value, kind);
    if (name === 'content-length') {
      if (contentLength !== undefined) throw malformed('it has two content-lengths');
      if (!LENGTH.test(value)) throw malformed('its content-length is invalid');
      contentLength = Number(value);
    }
    headers.push(name, value);
  }
  return { pseudo, headers, contentLength };
}

function trimmed(value: string, name: string, { trims, shown }: Kind): string {
  const [first, last] = [value.charCodeAt(0), value.charCodeAt(value.length - 1)];
  if (first !== 0x20 && first !== 0x09 && last !== 0x20 && last !== 0x09) return value;
  if (!trims) throw malformed(`there is space around the value of ${shown(name)}`);
  return value.replace(SPACE_AROUND, '');
}

function checkName(name: string, value: string, { shown }: Kind): void {
  if (!NAME.test(name)) throw malformed(`the name of ${shown(name)} is invalid`);
  if (OF_ONE_CONNECTION.has(name)) throw malformed(`${name} has no meaning in HTTP/2`);
  if (name === 'te' && value !== 'trailers') throw malformed('its te is not trailers');
}

function malformed(what: string): StreamFault {
  return new StreamFault('protocolError', what);
}
