import type { Targets } from '../../arena/targets.ts';
import { ECH, helloTo, type Hello } from '../../guest/hello.ts';
import { ask } from '../../guest/requests.ts';
import { eachSpelling } from '../../guest/wire.ts';
import type { Probe, Run } from '../probe.ts';
import { good, two } from './headed.ts';

/** ClientHellos that name another host, or none; TLS to a host that is allowed for HTTP only, and the reverse. */

const server = {
  ...two,
  breach: 'reaches another site behind the same front, as its TLS name is not the one that was judged',
  source: 'gh-aw-firewall #8878: TLS names absent or other than that of CONNECT; RFC 6066, 3',
} as const;

const tlsTarget = ({ names, port }: Targets): string => `${names.tls}:${port}`;

/** Returns a run that sends these ClientHellos in a tunnel to the host that is allowed for TLS. */
const hello = (...parts: readonly ((names: Targets['names']) => Hello)[]): Run => ({
  attack: (t, nonce) =>
    eachSpelling(nonce, parts, (one, nonce) => helloTo(tlsTarget(t), nonce, one(t.names))),
  control: (t, nonce) => helloTo(tlsTarget(t), nonce, { names: [t.names.tls] }),
});

export const TLS: readonly Probe[] = [
  {
    ...server,
    id: 'tls-in-clear',
    claim: 'A host that is allowed for TLS is not spoken to in the clear.',
    attack: 'ask in the clear where TLS is due',
    breach: 'sends in the clear instead of encrypted',
    source: 'CWE-319; nono #1673, #1676: plain HTTP and CONNECT were judged by different code',
    run: {
      attack: (t, nonce) => ask(t, { host: t.names.tls, path: `/${nonce}` }),
      control: (t, nonce) => ask(t, { host: t.names.http, path: `/${nonce}` }),
    },
  },
  {
    ...server,
    id: 'clear-in-tls',
    claim: 'A host that is allowed in the clear is not spoken to unseen.',
    attack: 'speak TLS where plain HTTP is allowed',
    breach: 'hides its data from a rule that inspects it',
    source: 'MITRE ATT&CK T1573, encrypted channel',
    run: {
      attack: (t, nonce) => helloTo(good(t), nonce, { names: [t.names.http] }),
      control: (t, nonce) => helloTo(tlsTarget(t), nonce, { names: [t.names.tls] }),
    },
  },
  {
    ...server,
    id: 'sni-missing',
    claim: 'No TLS passes without a name.',
    attack: 'send no TLS name',
    run: hello(() => ({})),
  },
  {
    ...server,
    id: 'sni-address',
    claim: 'An address is no TLS name.',
    attack: 'send an address as the TLS name',
    run: hello(
      () => ({ names: ['127.0.0.1'] }),
      () => ({ names: ['::1'] }),
    ),
  },
  {
    ...server,
    id: 'sni-spelling',
    claim: 'An odd spelling of a TLS name does not get out.',
    attack: 'send a TLS name with NUL, a space or an escape',
    source: 'CVE-2009-2408: NUL in a certificate name',
    run: hello(
      ({ tls, other }) => ({ names: [`${tls}\0.${other}`] }),
      ({ tls }) => ({ names: [`${tls} `] }),
      ({ tls }) => ({ names: [tls.replace('t', '%74')] }),
    ),
  },
  {
    ...server,
    id: 'sni-two',
    claim: 'Of two TLS names none gets out unjudged.',
    attack: 'send two TLS names in one extension',
    source: 'RFC 6066, 3: one name of a type',
    run: hello(
      ({ tls, other }) => ({ names: [tls, other] }),
      ({ tls, other }) => ({ names: [other, tls] }),
    ),
  },
  {
    ...server,
    id: 'sni-in-pieces',
    claim: 'A TLS name in pieces is read whole.',
    attack: 'send another TLS name in pieces of 40 bytes',
    source: 'RFC 8446, 5.1; filters that read the first packet only',
    run: {
      ...hello(({ other }) => ({ names: [other], recordBytes: 40 })),
      control: (t, nonce) => helloTo(tlsTarget(t), nonce, { names: [t.names.tls], recordBytes: 40 }),
    },
  },
  {
    ...server,
    id: 'sni-encrypted',
    claim: 'No TLS name gets out encrypted.',
    attack: 'send an encrypted ClientHello (ECH)',
    source: 'RFC 9849: ECH',
    run: hello(({ tls }) => ({ names: [tls], extensions: [[ECH, Buffer.alloc(40)]] })),
  },
];
