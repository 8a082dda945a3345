import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { assetPath } from '../../../src/host/paths.ts';

/** Connects programs that know no proxy to a raw port: `assets/guest/forward.pl`, before a stand-in for the gateway. */

let gateway: Server;
let forward: ChildProcessWithoutNullStreams;
let local: Socket;
/** The requests that the gateway received. */
let asked: string[];
/** The one request that the gateway allows. Allowed connections return all of their input after its end. */
const ALLOWED = 'CONNECT db.test:5432 HTTP/1.1';

function answer(socket: Socket): void {
  socket.once('data', (head) => {
    asked.push(head.toString());
    if (!head.toString().startsWith(ALLOWED)) return void socket.end('HTTP/1.1 403 Refused\r\n\r\nno rule');
    socket.write('HTTP/1.1 200 OK\r\n\r\nhello ');
    let all = '';
    socket.on('data', (more) => (all += more.toString()));
    socket.once('end', () => socket.end(all.toUpperCase()));
  });
}

beforeEach(async () => {
  asked = [];
  gateway = createServer({ allowHalfOpen: true }, answer).listen(0, '127.0.0.1');
  await once(gateway, 'listening');
});

afterEach(() => {
  forward.kill('SIGKILL');
  local.destroy();
  gateway.close();
});

/** Starts forward.pl at a free port, and connects to it. */
async function open(target: string): Promise<void> {
  const free = createServer().listen(0, '127.0.0.1');
  await once(free, 'listening');
  const { port } = free.address() as AddressInfo;
  free.close();
  await once(free, 'close');
  forward = spawn('perl', [assetPath('guest/forward.pl'), target, String(port)], {
    env: {
      PATH: process.env['PATH'],
      HTTPS_PROXY: `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`,
    },
  });
  const [line] = (await once(createInterface(forward.stdout), 'line')) as [string];
  expect(line).toBe(`127.0.0.1:${port} leads to ${target}`);
  local = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  await once(local, 'connect');
}

test('a forwarded connection passes all bytes of both sides, including the last', async () => {
  await open('db.test:5432');
  local.end('x'.repeat(1_000_000));
  expect(await text(local)).toBe(`hello ${'X'.repeat(1_000_000)}`);
  expect(asked).toEqual([`${ALLOWED}\r\nHost: db.test:5432\r\n\r\n`]);
});

test("a forwarded connection ends with the gateway's reason for a refusal", async () => {
  await open('other.test:5432');
  const said = once(forward.stderr, 'data');
  expect(await text(local)).toBe('');
  expect(String((await said)[0])).toContain('no rule');
});
