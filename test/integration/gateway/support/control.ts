import { dirname, join } from 'node:path';
import { authorizationOf } from '../../../../src/gateway/control/token.ts';
import { run } from '../../../../src/host/run.ts';
import { CONTROL_TOKEN } from './control-token.ts';
import type { TestGateway } from './world.ts';

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Sends a request of the launcher to a gateway's control socket, such as `PUT /policy`. */
export const askControl = async (gateway: TestGateway, what: string, content?: unknown): Promise<Answer> =>
  await askControlWith({ gateway, token: CONTROL_TOKEN }, what, content);

/** Sends the same request with another token. */
export async function askControlWith(
  { gateway, token }: { readonly gateway: TestGateway; readonly token: string },
  what: string,
  content?: unknown,
): Promise<Answer> {
  const [method = '', path = ''] = what.split(' ');
  const socketPath = join(dirname(gateway.socketPath), 'control.sock');
  const data = content === undefined ? [] : ['--data', JSON.stringify(content)];
  const header = ['--header', `Authorization: ${authorizationOf(token)}`];
  const how = ['--silent', '--unix-socket', socketPath, '--request', method, '--write-out', '\n%{http_code}'];
  const { stdout } = await run('curl', [...how, ...header, ...data, `http://gateway${path}`]);
  const [, body = '', status = ''] = /^(.*)\n(\d+)$/s.exec(stdout) ?? [];
  return { status: Number(status), body };
}
