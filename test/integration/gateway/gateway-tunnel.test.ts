import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientHello } from './support/hello.ts';
import { bundle } from './support/bundle.ts';
import { World, type TestGateway } from './support/world.ts';

/**
 * Tunnels: every byte, in order, in both directions; ends arrive as ends, breaks as breaks, with no more memory than
 * needed.
 */

let world: World;
let gateway: TestGateway;

beforeAll(async () => {
  world = await World.open();
  await bundle('test/integration/gateway/support/tunnel-client.ts', join(world.folder, 'client.mjs'));
  const ports = [2222, 2223, 2224, 2225, 2226];
  gateway = await world.startGateway([
    { host: 'allowed.test' },
    ...ports.map((port) => ({ host: 'allowed.test', port, scheme: 'tcp' as const })),
  ]);
});

afterAll(async () => {
  await gateway?.stop();
  await world?.close();
});

async function client(way: string, port: number, number = 0): Promise<unknown> {
  const argv = ['node', join(world.folder, 'client.mjs'), way, String(port), String(number)];
  const { stdout, stderr } = await gateway.inBottle(argv, { timeoutMs: 90_000 });
  return stdout === '' ? stderr : JSON.parse(stdout);
}

const memoryKb = (): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${gateway.process.pid}/status`, 'utf8'))?.[1]);

describe('bytes in a tunnel', () => {
  test('80 MB come back through a tunnel unchanged', async () => {
    expect(await client('echo', 2222, 80_000_000)).toBe('the same');
  });

  test('eight tunnels at once do not mix', async () => {
    const all = await Promise.all(
      Array.from({ length: 8 }, async () => await client('echo', 2222, 10_000_000)),
    );
    expect(all).toEqual(Array(8).fill('the same'));
  });

  test('500 tunnels at once work', async () => {
    expect(await client('many', 2222, 500)).toBe(500);
  });
});

describe('ends of a tunnel', () => {
  test('a client that has closed its side still gets the answer', async () => {
    expect(await client('upload', 2223, 30_000_000)).toBe(`${Math.ceil(30_000_000 / 65_536) * 65_536}\n`);
  });

  test('a client that sends and closes in one packet still gets the answer', async () => {
    expect(await client('once', 2223)).toBe('5\n');
  });

  test('an upstream that has closed its side still receives', async () => {
    const from = world.heard.length;
    expect(await client('late', 2225, 100_000)).toBe('bye\n');
    expect(await world.heardSince(from, 'late')).toMatchObject([{ bytes: 100_000 }]);
  });

  test("a reset by the upstream resets the client's connection", async () => {
    expect(await client('reset', 2224)).toBe('ECONNRESET');
    await expect
      .poll(() => gateway.log.at(-1))
      .toMatchObject({ event: 'end', reason: 'the upstream broke off: ECONNRESET' });
  });

  test("a reset by the client resets the upstream's connection", async () => {
    const from = world.heard.length;
    await client('leave', 2226);
    await expect
      .poll(() =>
        world.heard
          .slice(from)
          .filter(({ kind }) => kind === 'broken')
          .map(({ code }) => code),
      )
      .toEqual([expect.stringMatching(/ECONNRESET|EPIPE/)]);
  });

  test('no connection is left when all have ended', async () => {
    const descriptors = async (): Promise<number> =>
      Number((await gateway.inBottle(['sh', '-c', `ls /proc/${gateway.process.pid}/fd | wc -l`])).stdout);
    const before = await descriptors();
    await client('many', 2222, 50);
    await expect.poll(descriptors).toBeLessThanOrEqual(before);
  });
});

describe('limits of a tunnel', () => {
  test('a client that does not read costs no memory', async () => {
    await client('echo', 2222, 1_000_000);
    const before = memoryKb();
    const stalled = client('stall', 2226, 2_500);
    let most = 0;
    for (let look = 0; look < 20; look += 1) {
      most = Math.max(most, memoryKb());
      await new Promise((done) => setTimeout(done, 100));
    }
    expect(await stalled).toBe('stalled');
    expect(most - before).toBeLessThan(32_000);
  });

  test('connections above the limit are closed, and other ports go on', async () => {
    const crowd = client('crowd', 443, 1_200);
    await new Promise((done) => setTimeout(done, 800));
    expect((await gateway.curl('--proxy', 'http://127.200.0.1:3128', 'https://allowed.test/')).status).toBe(
      200,
    );
    expect(await crowd).toBe(1_024);
  });

  test('the gateway does not wait for half a ClientHello without end', async () => {
    const half = clientHello({ serverName: 'allowed.test' }).subarray(0, 40).toString('hex');
    const script = `const s = require('net').connect(443, '127.200.0.1', () => s.write(Buffer.from('${half}', 'hex'))); s.on('close', () => console.log('closed'))`;
    const { stdout } = await gateway.inBottle(['node', '-e', script]);
    expect(stdout).toBe('closed\n');
  });
});
