import { dirname, join } from 'node:path';
import { run } from '../../../src/host/run.ts';
import type { TestGateway } from './world.ts';

/** What the launcher asks or tells a gateway by its control socket: `PUT /policy`. */
export async function askControl(
  gateway: TestGateway,
  what: string,
  content?: unknown,
): Promise<{ status: number; body: string }> {
  const [method = '', path = ''] = what.split(' ');
  const socketPath = join(dirname(gateway.socketPath), 'control.sock');
  const data = content === undefined ? [] : ['--data', JSON.stringify(content)];
  const how = ['--silent', '--unix-socket', socketPath, '--request', method, '--write-out', '\n%{http_code}'];
  const { stdout } = await run('curl', [...how, ...data, `http://gateway${path}`]);
  const [, body = '', status = ''] = /^(.*)\n(\d+)$/s.exec(stdout) ?? [];
  return { status: Number(status), body };
}
