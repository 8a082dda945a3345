import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Rule } from '../../../src/gateway/config.ts';
import { SECURE_PORTS } from './support/secure-origins.ts';
import { GATEWAY, World, type TestGateway } from './support/world.ts';

/** A client that disconnects at the worst moment ends its own connection and nothing else. */

let world: World;
let gateway: TestGateway;

beforeAll(async () => {
  world = await World.open();
  const rule = {
    host: 'allowed.test',
    scheme: 'https',
    opensTls: true,
    dlp: 'block',
    websocket: true,
  } as const;
  const allow: Rule[] = Object.entries(SECURE_PORTS).map(([id, port]) => ({ ...rule, id, port }));
  gateway = await world.startGateway([], { config: { policy: { allow, deny: [] } } });
});

afterAll(async () => {
  await gateway?.stop();
  await world?.close();
});

const FINE = { said: 'done', exitCode: null, status: 200 };

/** Returns the state after a script that disconnects: whether the gateway runs, and serves others. */
async function after(script: string): Promise<object> {
  const { stdout } = await gateway.inBottle(['node', '-e', script]);
  await new Promise((done) => setTimeout(done, 300));
  const { exitCode } = gateway.process;
  const control = ['--proxy', `http://${GATEWAY}:3128`, `https://allowed.test:${SECURE_PORTS.both}/`];
  const { status } = exitCode === null ? await gateway.curl(...control) : { status: 0 };
  return { said: stdout.trim(), exitCode, status };
}

test.each([
  [
    'a WebSocket',
    'GET / HTTP/1.1\\r\\nHost: x.test\\r\\nConnection: Upgrade\\r\\nUpgrade: websocket\\r\\n\\r\\n',
  ],
  ['CONNECT', 'CONNECT x.test:1 HTTP/1.1\\r\\nHost: x.test:1\\r\\n\\r\\n'],
])('the gateway survives a client that breaks off: %s on port 80', async (_, text) => {
  expect(
    await after(`
const net = require('net');
let left = 20;
for (let count = 0; count < 20; count++) {
  const socket = net.connect(80, '${GATEWAY}', () => {
    socket.write('${text}', () => setTimeout(() => {
      socket.resetAndDestroy();
      if (--left === 0) console.log('done');
    }, count));
  });
  socket.on('error', () => undefined);
}`),
  ).toEqual(FINE);
});

/** Opens a session of HTTP/2 through opened TLS, as `session`. */
const session2 = (port: number, then: string): string => `
const raw = require('net').connect(3128, '${GATEWAY}');
raw.write('CONNECT allowed.test:${port} HTTP/1.1\\r\\n\\r\\n');
raw.once('data', () => {
  const createConnection = () => require('tls').connect({ socket: raw, servername: 'allowed.test', rejectUnauthorized: false, ALPNProtocols: ['h2'] });
  const session = require('http2').connect('https://allowed.test:${port}', { createConnection });
  session.on('error', () => undefined);
  const done = () => setTimeout(() => { console.log('done'); process.exit(0); }, 200);
  session.once('remoteSettings', () => { ${then} });
});`;

test.each([0, 20, 200])(
  'the gateway survives an HTTP/2 upload that breaks off after %d ms',
  async (afterMs) => {
    const upload = `
    const stream = session.request({ ':method': 'POST', ':path': '/' });
    stream.on('error', () => undefined);
    stream.write(Buffer.alloc(400000, 'x'));
    setTimeout(() => { stream.close(8); done(); }, ${afterMs});`;
    expect(await after(session2(SECURE_PORTS.stalls, upload))).toEqual(FINE);
    expect(await after(session2(SECURE_PORTS.both, upload))).toEqual(FINE);
  },
);

test.each([0, 30])(
  'the gateway survives an HTTP/2 WebSocket that breaks off after %d ms',
  async (afterMs) => {
    expect(
      await after(
        session2(
          SECURE_PORTS.oldOnly,
          `const stream = session.request({ ':method': 'CONNECT', ':protocol': 'websocket', ':path': '/ws', 'sec-websocket-version': '13' });
       stream.on('error', () => undefined);
       setTimeout(() => { stream.close(8); done(); }, ${afterMs});`,
        ),
      ),
    ).toEqual(FINE);
  },
);

test('trailers pass through that Node itself does not write', async () => {
  expect(
    await after(
      session2(
        SECURE_PORTS.both,
        `const stream = session.request({ ':method': 'POST', ':path': '/' }, { waitForTrailers: true });
       stream.on('error', () => undefined).on('close', done).resume();
       stream.on('wantTrailers', () => stream.sendTrailers({ 'x-a': ['1', '2'], etag: 'a', expires: 'b' }));
       stream.end('text');`,
      ),
    ),
  ).toEqual(FINE);
});
