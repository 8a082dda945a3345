import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { assetPath } from '../../../src/host/paths.ts';
import { runOrThrow } from '../../../src/host/run.ts';
import { agentOwner, isRoot } from '../../../src/host/user.ts';
import { openBeyond, type Beyond } from '../../../src/verify/arena/beyond/beyond.ts';
import { makeNonce } from '../../../src/verify/arena/nonce.ts';

const PORT = 4_545;

const links = (): readonly string[] =>
  Object.keys(networkInterfaces()).filter((name) => name.startsWith('beyond'));
const routes = async (): Promise<string> => await runOrThrow('ip', ['route', 'show']);

async function byTcp(address: string, text: string): Promise<void> {
  const socket = connect(PORT, address, () => socket.end(text)).resume();
  await once(socket, 'close');
}

async function byUdp(address: string, text: string): Promise<void> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  socket.send(text, PORT, address, () => socket.close());
  await once(socket, 'close');
}

test('a listener beyond the host gives the reason where it cannot be started, and receives nothing', async () => {
  vi.stubEnv('PATH', '/nowhere');
  await using beyond = await openBeyond();
  vi.unstubAllEnvs();
  expect(beyond).toMatchObject({ at: undefined, missing: expect.stringContaining('no unshare(1) here') });
  expect((await beyond.settle()).said).toContain('not possible');
  await beyond.listenOn(PORT);
  expect(beyond.heard(makeNonce())).toEqual([]);
});

describe.runIf(isRoot())('a network beyond the host, as root', () => {
  let beyond: Beyond;
  let linksBefore: readonly string[] = [];
  beforeEach(async () => {
    linksBefore = links();
    beyond = await openBeyond();
    await beyond.listenOn(PORT);
  });
  afterEach(async () => await beyond[Symbol.asyncDispose]());

  const own = (): string => links().find((name) => !linksBefore.includes(name)) ?? '-';

  test('the listener receives traffic of every family from this host, and knows how it came', async () => {
    const addresses = [beyond.at?.ip4 ?? '', ...(beyond.at?.ip6 === undefined ? [] : [beyond.at.ip6])];
    for (const address of addresses) {
      for (const [protocol, send] of [['tcp', byTcp] as const, ['udp', byUdp] as const]) {
        const nonce = makeNonce();
        await send(address, `${nonce}v7 and more`);
        await beyond.settle();
        expect(beyond.heard(nonce)).toEqual([
          expect.stringMatching(new RegExp(`^${protocol} to port ${PORT} beyond .* \\(spelling 7\\)$`)),
        ]);
      }
    }
    expect(beyond.heard(makeNonce())).toEqual([]);
  });

  test('the DNS server beyond receives names in any case and resolves none', async () => {
    const [nonce, resolver] = [makeNonce(), new Resolver({ timeout: 2_000, tries: 1 })];
    resolver.setServers([beyond.at?.ip4 ?? '']);
    await expect(resolver.resolveTxt(`${nonce.toUpperCase()}.test`)).rejects.toThrow(/ENOTFOUND/);
    await beyond.settle();
    expect(beyond.heard(nonce).join()).toContain('udp to the DNS server beyond this host');
  });

  test('the HTTP server beyond answers at once', async () => {
    const answer = await fetch(`http://${beyond.at?.ip4}:${PORT}/${makeNonce()}`);
    expect(await answer.text()).toBe('heard\n');
  });

  test('another network beyond has other addresses, and this listener does not receive there', async () => {
    await using other = await openBeyond();
    await other.listenOn(PORT);
    const nonce = makeNonce();
    await byTcp(other.at?.ip4 ?? '', nonce);
    await Promise.all([beyond.settle(), other.settle()]);
    expect(other.heard(nonce)).toHaveLength(1);
    expect(beyond.heard(nonce)).toEqual([]);
  });

  test('the network beyond leaves nothing', async () => {
    const link = own();
    expect(await routes()).toContain(link);
    await beyond[Symbol.asyncDispose]();
    expect(links()).not.toContain(link);
    expect(await routes()).not.toContain(link);
  });

  test('a killed network beyond leaves nothing, and reports that it has stopped listening', async () => {
    const link = own();
    process.kill(Number(link.slice('beyond'.length)), 'SIGKILL');
    await vi.waitFor(() => expect(links()).not.toContain(link), { timeout: 10_000 });
    expect((await beyond.settle()).missed).toMatch(/ended/);
    await expect(beyond.listenOn(PORT + 1)).rejects.toThrow(/nothing listens/);
  });

  test('a network beyond that no longer receives this host at the end reports it', async () => {
    expect((await beyond.settle()).missed).toBeUndefined();
    const network = `--net=/proc/${own().slice('beyond'.length)}/ns/net`;
    await runOrThrow('nsenter', [network, 'ip', 'link', 'set', 'eth0', 'down']);
    expect((await beyond.settle()).missed).toContain(`heard no more beyond it, at ${beyond.at?.ip4}`);
  });

  test('an ordinary user has no network beyond the host', () => {
    const { status, stderr } = spawnSync(
      'unshare',
      ['--net', 'perl', assetPath('arena/beyond.pl')],
      agentOwner(),
    );
    expect({ status, stderr: stderr.toString() }).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('not permitted'),
    });
  });
});
