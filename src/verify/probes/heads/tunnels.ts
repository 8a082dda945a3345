import { inTunnel, textOf } from '../../guest/requests.ts';
import { all } from '../../guest/wire.ts';
import type { Probe } from '../probe.ts';
import { CHUNKED, evil, good, hidden, smuggled, two } from './headed.ts';
import { tunnelled } from './tunnelled.ts';

/** Requests to another host by way of a tunnel to one that is allowed. */

export const TUNNELS: readonly Probe[] = [
  {
    ...two,
    id: 'url-in-tunnel',
    claim: 'A URL in a tunnel names the host of the tunnel.',
    attack: 'name another host by a URL in an allowed tunnel',
    run: tunnelled(
      (t, nonce) => textOf({ target: `http://${evil(t, nonce)}/`, lines: [`Host: ${good(t)}`] }),
      (t, nonce) => textOf({ target: `http://${evil(t, nonce)}/`, lines: [`Host: ${evil(t, nonce)}`] }),
    ),
  },
  {
    ...two,
    id: 'host-in-tunnel',
    claim: 'Host in a tunnel names the host of the tunnel.',
    attack: 'CONNECT to an allowed host, then name another',
    run: tunnelled((t, nonce) => textOf({ target: '/', lines: [`Host: ${evil(t, nonce)}`] })),
  },
  {
    ...two,
    id: 'connect-in-tunnel',
    claim: 'No tunnel is opened in a tunnel.',
    attack: 'CONNECT to another host in an allowed tunnel',
    run: tunnelled((t, nonce) => `CONNECT ${evil(t, nonce)} HTTP/1.1\r\nHost: ${evil(t, nonce)}\r\n\r\n`),
  },
  {
    ...smuggled,
    id: 'connect-body',
    claim: 'What comes as the content of CONNECT is judged or refused.',
    attack: 'hide a request in the content of CONNECT',
    source: 'RFC 9110, 9.3.6',
    run: {
      attack: (t, nonce) => {
        const text = hidden(t, nonce);
        return all([
          inTunnel(good(t), text, { connectLines: `Content-Length: ${text.length}\r\n` }),
          inTunnel(good(t), `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`, {
            connectLines: `${CHUNKED}\r\n`,
          }),
        ]);
      },
      control: (t, nonce) =>
        inTunnel(good(t), textOf({ target: `/${nonce}`, lines: [`Host: ${good(t)}`] }), {
          connectLines: 'X-Own: a\r\n',
        }),
    },
  },
];
