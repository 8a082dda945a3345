import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { assetPath } from '../../../src/host/paths.ts';

/**
 * The end of OpenSSH's ProxyCommand in a bottle: ssh hangs up on it, and does not wait until its last output is passed
 * on.
 */

let gateway: Server;
let connect: ChildProcessWithoutNullStreams;
/** The gateway's side of the open connection. */
let server: Socket;

beforeEach(async () => {
  // Represents the gateway, and a server behind it that does not close its side when the connection ends.
  gateway = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(gateway, 'listening');
  const { port } = gateway.address() as AddressInfo;
  connect = spawn('perl', [assetPath('ssh/connect.pl'), 'git.test', '22'], {
    env: { PATH: process.env['PATH'], HTTPS_PROXY: `http://127.0.0.1:${port}` },
  });
  [server] = (await once(gateway, 'connection')) as [Socket];
  await once(server, 'data');
  server.write('HTTP/1.1 200 OK\r\n\r\nSSH-2.0-greeting\r\n');
  await once(connect.stdout, 'data');
});

afterEach(() => {
  connect.kill('SIGKILL');
  server.destroy();
  gateway.close();
});

test('the last output and the end of ssh are passed on, even after it has hung up', async () => {
  const heard = text(server);
  connect.kill('SIGHUP');
  connect.stdin.end('the last words');
  expect(await heard).toBe('the last words');
});

test("a reader of ssh's output is not blocked by a connection that its server leaves open", async () => {
  const said = text(connect.stderr);
  connect.stdin.end();
  expect(await said).toBe('');
  expect(server.closed).toBe(false);
  server.destroy();
});
