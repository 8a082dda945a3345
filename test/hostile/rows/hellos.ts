import { clientHello, type HelloParts } from '../../integration/gateway/support/hello.ts';
import { family, HARMLESS, type Send } from '../family.ts';
import { stream } from '../http1.ts';
import type { Row } from '../row.ts';
import { HOSTS } from '../rules.ts';

/** ClientHellos for a host whose TLS the gateway passes unopened: it can judge only the name in them. */

const NONCE_PROTOCOL = 16;
const ECH = 0xfe0d;

/** Sends a handmade ClientHello that offers the nonce as protocol. */
const hello =
  (parts: HelloParts, connect = `${HOSTS.pass}:443`): Send =>
  (marks) => {
    const protocol = Buffer.from(marks.nonce);
    const list = Buffer.concat([Buffer.from([0, protocol.length + 1, protocol.length]), protocol]);
    const extensions = [...(parts.extensions ?? []), [NONCE_PROTOCOL, list] as const];
    const text = clientHello({ ...parts, extensions }).toString('latin1');
    return stream(HOSTS.pass, { connect }, text)(marks);
  };

export const HELLOS: readonly Row[] = family({
  id: 'ClientHello: passed on unopened',
  source: 'D6',
  rule: 'pass',
  send: hello({ serverName: HOSTS.pass }),
  tricks: [
    [
      'ClientHello: in records of 60 bytes',
      'D6',
      hello({ serverName: HOSTS.pass, recordBytes: 60 }),
      'pass',
      HARMLESS,
    ],
    ['ClientHello: another name', 'D6', hello({ serverName: HOSTS.otherPass }), 'gateway.mismatch'],
    [
      'ClientHello: another name, in records of 60 bytes',
      'D6',
      hello({ serverName: HOSTS.otherPass, recordBytes: 60 }),
      'gateway.mismatch',
    ],
    ['ClientHello: no name', 'D6', hello({}), 'gateway.no-server-name'],
    [
      'ClientHello: ECH',
      'D6',
      hello({ serverName: HOSTS.pass, extensions: [[ECH, Buffer.alloc(40)]] }),
      'gateway.encrypted-name',
    ],
    ['ClientHello: an address for a name', 'D6', hello({ serverName: '127.0.0.1' }), 'gateway.malformed'],
    [
      'ClientHello: NUL in the name',
      'A1',
      hello({ serverName: `${HOSTS.pass}\0.evil.test` }),
      'gateway.malformed',
    ],
    ['ClientHello: a space in the name', 'A1', hello({ serverName: `${HOSTS.pass} ` }), 'gateway.malformed'],
    [
      'ClientHello: a port in the name',
      'A1',
      hello({ serverName: `${HOSTS.pass}:443` }),
      'gateway.malformed',
    ],
    [
      'ClientHello: an escape in the name',
      'A1',
      hello({ serverName: '%70ass.hostile.test' }),
      'gateway.malformed',
    ],
    ['ClientHello: an empty name', 'D6', hello({ serverName: '' }), 'gateway.malformed'],
    [
      'ClientHello: plain HTTP instead',
      'B3',
      stream(HOSTS.pass, { connect: `${HOSTS.pass}:443` }, { host: `${HOSTS.pass}:443`, target: '/NONCE' }),
      'pass',
    ],
    [
      'ClientHello: anything instead',
      'B1',
      stream(HOSTS.pass, { connect: `${HOSTS.pass}:443` }, 'SSH-2.0-NONCE\r\n'),
      'gateway.malformed',
    ],
  ],
});
