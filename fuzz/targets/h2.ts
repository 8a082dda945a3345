import { type Target } from '../target.ts';
import { BOUND_HOST, visit } from './stage.ts';

/** HTTP/2 as a client may send it: a request that reaches a host in HTTP/1.1 is the one that the gate decided on. */

const BOUND = { host: { kind: 'name', host: BOUND_HOST }, port: 443 } as const;
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const SETTINGS = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);
const HEAD_BYTES = 5;

const TYPE = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goAway: 7, window: 8, more: 9 } as const;
const END_STREAM = 1;
const END_HEADERS = 4;

/** Returns a frame of a seed: type, flags, stream, length; then the payload. */
function frame(
  type: number,
  [flags, stream]: readonly [number, number],
  payload: string | Buffer = '',
): Buffer {
  const bytes = Buffer.from(payload as string, 'latin1');
  return Buffer.concat([Buffer.from([type, flags, stream, bytes.length >> 8, bytes.length & 0xff]), bytes]);
}

/** RFC 7541, 6.2.2: a literal without indexing, with a new name. */
function field(name: string, value: string): string {
  return `\0${String.fromCharCode(name.length)}${name}${String.fromCharCode(value.length)}${value}`;
}

const head = (method: string, path: string, ...more: readonly string[]): string =>
  [
    field(':method', method),
    field(':scheme', 'https'),
    field(':path', path),
    field(':authority', BOUND_HOST),
    ...more,
  ].join('');
const script = (...frames: readonly Buffer[]): Buffer => Buffer.concat([Buffer.from([0]), ...frames]);
const BOTH = END_STREAM | END_HEADERS;

export const target: Target = {
  seeds: [
    script(frame(TYPE.headers, [BOTH, 1], head('GET', '/a?b=c'))),
    // All fields but the authority come from the static table; the authority is a plain literal without Huffman coding.
    script(frame(TYPE.headers, [BOTH, 1], `\x82\x87\x84${field(':authority', BOUND_HOST)}`)),
    script(
      frame(TYPE.headers, [END_HEADERS, 1], head('POST', '/p', field('content-length', '5'))),
      frame(TYPE.data, [END_STREAM, 1], 'hello'),
    ),
    script(
      frame(TYPE.headers, [END_HEADERS, 1], head('POST', '/p')),
      frame(TYPE.data, [0, 1], 'hel'),
      frame(TYPE.data, [0, 1], 'lo'),
      frame(TYPE.headers, [BOTH, 1], field('x-t', '1')),
    ),
    script(
      frame(TYPE.headers, [END_STREAM, 1], head('GET', '/c').slice(0, 20)),
      frame(TYPE.more, [END_HEADERS, 1], head('GET', '/c').slice(20)),
    ),
    script(
      frame(TYPE.headers, [BOTH, 1], head('GET', '/1')),
      frame(TYPE.headers, [BOTH, 3], head('HEAD', '/3', field('cookie', 'a=b'), field('cookie', 'c=d'))),
      frame(TYPE.reset, [0, 1], '\0\0\0\x08'),
    ),
    script(
      frame(TYPE.settings, [0, 0], '\0\x04\0\0\0\0'),
      frame(TYPE.headers, [BOTH, 1], head('GET', '/w', field('host', BOUND_HOST))),
      frame(TYPE.window, [0, 1], '\0\0\0\x02'),
      frame(TYPE.window, [0, 1], '\0\0\xff\xff'),
    ),
    script(frame(TYPE.ping, [0, 0], '12345678'), frame(TYPE.goAway, [0, 0], '\0\0\0\0\0\0\0\0')),
    Buffer.concat([Buffer.from([1]), SETTINGS, Buffer.from([0, 0, 4, 8, 0, 0, 0, 0, 0, 0, 0, 1, 0])]),
  ],
  tokens: [
    field(':path', '/x'),
    field(':method', 'CONNECT'),
    field(':scheme', 'http'),
    field(':authority', 'other.example'),
    field('host', 'other.example'),
    field('host', BOUND_HOST),
    field('transfer-encoding', 'chunked'),
    field('content-length', '3'),
    field('content-length', '0'),
    field('connection', 'x'),
    field('te', 'trailers'),
    field('expect', '100-continue'),
    field('upgrade', 'websocket'),
    field('x', 'a\r\nb: c'),
    field('x\r\ny', '1'),
    field('X', '1'),
    field('', ''),
    field(':protocol', 'websocket'),
    field('x-http-method-override', 'PUT'),
    field(':path', '/a b'),
    field(':path', '/ HTTP/1.1\r\nX: y'),
    field(':path', '*'),
    field(':method', 'G T'),
    '\x3f\xe1\x1f',
    '\x20',
    '\xff\xff\xff\xff\x0f',
    '\x82',
    '\x84',
    '\x87',
    '\xbe',
    '\x40',
    '\x7f',
    frame(TYPE.headers, [BOTH, 5], head('GET', '/5')).toString('latin1'),
    frame(TYPE.data, [END_STREAM, 1], 'x').toString('latin1'),
    frame(TYPE.data, [0, 3]).toString('latin1'),
    frame(TYPE.reset, [0, 1], '\0\0\0\x08').toString('latin1'),
    frame(TYPE.settings, [1, 0]).toString('latin1'),
    frame(TYPE.settings, [0, 0], '\0\x03\0\0\0\0').toString('latin1'),
    frame(TYPE.settings, [0, 0], '\0\x05\0\xff\xff\xff').toString('latin1'),
  ],
  maxBytes: 2_048,
  run: async (input) => {
    const rest = input.subarray(1);
    const bytes = (input[0] ?? 0) % 4 === 1 ? rest : Buffer.concat([SETTINGS, ...framesOf(rest)]);
    const entrance = { via: 'tls', bound: BOUND, isSecure: true, tls: 'TLSv1.3 h2' } as const;
    await visit({ entrance, protocol: 'h2', pieces: [PREFACE, bytes] });
  },
};

/** Returns the frames of a script with correct lengths: raw bytes would rarely get past the first frame. */
function framesOf(input: Buffer): readonly Buffer[] {
  const frames: Buffer[] = [];
  for (let at = 0; at + HEAD_BYTES <= input.length;) {
    const [type = 0, flags = 0, stream = 0] = input.subarray(at);
    const payload = input.subarray(at + HEAD_BYTES, at + HEAD_BYTES + input.readUInt16BE(at + 3));
    const begin = Buffer.from([0, 0, 0, type, flags, 0, 0, 0, stream]);
    begin.writeUIntBE(payload.length, 0, 3);
    frames.push(begin, payload);
    at += HEAD_BYTES + payload.length;
  }
  return frames;
}
