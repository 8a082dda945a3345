import type { AuditLine } from '../../../../src/gateway/config.ts';
import type { Heard, TestGateway, World } from './world.ts';
import { clientHello } from './hello.ts';

/** The bytes that clients send, and the outcome. */

export const connect = (target: string, headers = ''): string =>
  `CONNECT ${target} HTTP/1.1\r\n${headers}\r\n`;
export const get = (url: string, headers: string): string => `GET ${url} HTTP/1.1\r\n${headers}\r\n`;
export const hello = (serverName?: string): Buffer =>
  clientHello(serverName === undefined ? {} : { serverName });

export interface Outcome {
  /** Everything that the outside received, except lookups. */
  readonly heard: readonly Heard[];
  /** The last decision in the log. */
  readonly decision: AuditLine | undefined;
  /** The answer to the client. */
  readonly answer: string;
}

/** Sends these bytes to a port of the gateway. The received data, not the answer, shows whether they got out. */
export async function attempt(
  { world, gateway }: { world: World; gateway: TestGateway },
  port: number,
  parts: readonly (string | Buffer)[],
): Promise<Outcome> {
  const [from, lines] = [world.heard.length, gateway.decisions.length];
  const answer = await gateway.send(port, ...parts);
  const heard = (await world.heardSince(from)).filter(({ kind }) => kind !== 'dns');
  return { heard, answer, decision: gateway.decisions.slice(lines).at(-1) };
}
