import { duplexPair, type Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { setImmediate as turn } from 'node:timers/promises';
import type { Rule } from '../../src/gateway/config.ts';
import type { Asked, Gate } from '../../src/gateway/gate/gate.ts';
import { gateThatPasses } from '../../src/gateway/gate/gate.testing.ts';
import { UPSTREAM_SILENCE_MS } from '../../src/gateway/http/exchange/upstream-timeout.ts';
import { createHttpService } from '../../src/gateway/http/serve.ts';
import type { Entrance } from '../../src/gateway/message/target.ts';
import { createScreen, NO_SECRETS } from '../../src/gateway/screen/screen.ts';
import { must } from '../target.ts';
import { createOrigin, type Origin } from './origin.ts';

/**
 * The real HTTP service between a client and hosts in memory. Its gate allows and records every request for TLS; it
 * refuses plain HTTP, which would open a real connection.
 */

export const BOUND_HOST = 'bound.example';

export interface Visit {
  readonly entrance: Entrance;
  readonly protocol: 'h2' | 'http/1.1';
  readonly pieces: readonly Buffer[];
}

/** Turns of the event loop without an answer before the client leaves. */
const PATIENCE = 12;
const RULE: Rule = { id: 'allow[0]', host: '*', port: 443, scheme: 'https', opensTls: true, websocket: true };

/**
 * Lets a client send these bytes. @throws Broken if a request leaves that the gate did not allow in exactly this form
 */
export async function visit({ entrance, protocol, pieces }: Visit): Promise<void> {
  judged.length = 0;
  passed.length = 0;
  const [client, server] = duplexPair();
  let turnsLeft = PATIENCE;
  client.on('data', () => (turnsLeft = PATIENCE)).on('error', () => undefined);
  const secure = Object.assign(server, { alpnProtocol: protocol, setTimeout: () => server });
  service.acceptSecure(secure as unknown as TLSSocket, entrance);
  for (const piece of pieces) {
    client.write(piece);
    await turn();
  }
  client.end();
  for (; turnsLeft > 0 && !client.readableEnded; turnsLeft -= 1) await turn();
  client.destroy();
  server.destroy();
  await turn();
  const { origins } = stage;
  stage.origins = [];
  for (const { close } of origins) close();
  await turn();
  for (const asked of judged) checkAsked(asked, entrance);
  for (const origin of origins) checkOrigin(origin);
}

const stage: { origins: Origin[] } = { origins: [] };
const judged: Asked[] = [];
const passed: Asked[] = [];

const passing = gateThatPasses(RULE, { isLent: false, end: () => undefined });
const gate: Gate = {
  ...passing,
  judge: (asked) => {
    judged.push(asked);
    return asked.scheme === 'https' ? passing.judge(asked) : passing.refuse(asked, 'fuzz', 'not here');
  },
  open: async (out) => {
    passed.push(out.asked);
    return await passing.open(out);
  },
};

const service = createHttpService({
  gate,
  screen: createScreen({ secrets: NO_SECRETS, rules: [], basicUsers: [] }),
  bottleId: 'fuzz',
  dialTls: async ({ asked }) => {
    const [ours, theirs] = duplexPair();
    theirs.once('close', () => ours.destroy());
    stage.origins.push(createOrigin(theirs, asked));
    return await Promise.resolve(socketLike(ours));
  },
  upstreamSilenceMs: UPSTREAM_SILENCE_MS,
  onConnect: ({ wire }) => wire.destroy(),
});

/** Adds the other methods that Node's HTTP client calls on a socket. */
function socketLike(stream: Duplex): TLSSocket {
  const self = (): Duplex => stream;
  const more = {
    setTimeout: self,
    setKeepAlive: self,
    setNoDelay: self,
    ref: self,
    unref: self,
    bytesRead: 0,
    bytesWritten: 0,
  };
  return Object.assign(stream, more) as unknown as TLSSocket;
}

function checkAsked(asked: Asked, { bound }: Entrance): void {
  must(/^[a-z0-9._:-]+$/.test(asked.host), 'the gate was asked for a host of odd characters');
  if (bound === undefined) return;
  must(asked.host === bound.host.host && asked.port === bound.port, 'the gate was asked for another host');
}

/** Checks that the gate allowed each request that arrived, in the form in which it arrived. */
function checkOrigin({ requests, problem, asked }: Origin): void {
  must(problem() === undefined, `a host got what is no request: ${problem() ?? ''}`);
  for (const { method, path, host } of requests) {
    must(
      host === (asked.port === 443 ? asked.host : `${asked.host}:${asked.port}`),
      'a host got another Host',
    );
    const at = passed.findIndex((one) => one.method === method && one.path === path.replace(/\?.*$/s, ''));
    must(at !== -1, 'a host got a request that the gate did not let out');
    passed.splice(at, 1);
  }
}
