import { spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { assetPath } from '../../../src/host/paths.ts';
import { agentOwner, isRoot } from '../../../src/host/user.ts';
import { openCapture, readLine, type Capture } from '../../../src/verify/arena/listeners/capture.ts';
import { makeNonce } from '../../../src/verify/arena/nonce.ts';

let capture: Capture;
beforeAll(async () => {
  capture = await openCapture();
});
afterAll(async () => await capture[Symbol.asyncDispose]());

async function heard(nonce: string): Promise<string> {
  await capture.settle();
  return capture.heard(nonce).join('\n');
}

/** Sends with the attack program itself, as root, which a bottle must not be able to do. */
async function sentBy(kind: string, ...lists: readonly string[]): Promise<string> {
  const nonce = makeNonce();
  const args = [assetPath('verify/packets.pl'), kind, Buffer.from(nonce).toString('hex'), '9', ...lists];
  expect(spawnSync('perl', args)).toMatchObject({ status: 0 });
  return await heard(nonce);
}

/** Sends datagrams that nobody receives, as fast as it can. */
const FLOOD = `use Socket; socket my $s, AF_INET, SOCK_DGRAM, 0; my $to = pack_sockaddr_in(9, INADDR_LOOPBACK);
  while (getppid() == $ARGV[0]) { send $s, 'x' x 20, 0, $to for 1 .. 500 }`;

/**
 * In a separate network: sends a packet to a port of a bridge; the port is gone before the capture inspects the packet.
 */
const GONE = `set -e
  mount -t sysfs none /sys
  ip link add 10 type bridge; ip link set 10 up
  cd "$1"; mkfifo in; : > out; perl "$2" < in > out & capture=$!; exec 3> in
  said() { until [ "$(grep -c "$1" out)" -ge "$2" ]; do kill -0 $capture; sleep 0.05; done; }
  said ready 1
  ip link add at-bridge type veth peer name inside
  ip link set at-bridge master 10; ip link set at-bridge up; ip link set inside up
  echo >&3; said looked 1
  kill -STOP $capture
  perl "$3" frame "$4" 9
  ip link del at-bridge
  kill -CONT $capture
  echo >&3; said looked 2
  exec 3>&-; wait $capture; cat out`;

describe.runIf(isRoot())('the packet capture, as root', () => {
  test.each([
    ['udp_lite', 136, ['127.0.0.1', '']],
    ['icmp', 1, ['127.0.0.1', '']],
    ['icmp6', 58, ['', '::1']],
    ['sctp', 132, ['127.0.0.1', '']],
    ['protocol', 253, ['127.0.0.1', '']],
  ] as const)('the capture sees %s, outgoing and incoming', async (kind, protocol, lists) => {
    const ways = await sentBy(kind, ...lists);
    expect(ways).toContain(`IP protocol ${protocol}, taken in by the host`);
    expect(ways).toContain('a packet into lo');
  });

  test('the capture sees frames without IP, outgoing and incoming', async () => {
    const ways = await sentBy('frame');
    expect(ways).toContain('frame type 88b5');
    expect(ways).toContain('a frame that the host took in');
  });

  test('the capture sees traffic to another host, and a queried name in any case', async () => {
    const nonce = makeNonce();
    const socket = createSocket('udp4');
    const question = Buffer.from(
      `\u0001x${String.fromCharCode(nonce.length)}${nonce.toUpperCase()}\u0004test\0`,
    );
    // RFC 5737: an address for documentation.
    await new Promise((resolve) => socket.send(question, 53, '198.51.100.1', resolve));
    socket.close();
    expect(await heard(nonce)).toMatch(/a packet out of \S+, IP protocol 17 to 198\.51\.100\.1/);
  });

  test('the capture sees nothing that was not sent', async () => {
    expect(await heard(makeNonce())).toBe('');
  });

  test('the capture answers while more packets arrive than it can inspect', async () => {
    await using flooded = await openCapture();
    const floods = [1, 2].map(() => spawn('perl', ['-e', FLOOD, String(process.pid)], { stdio: 'ignore' }));
    try {
      const missed: (string | undefined)[] = [];
      // Continues until more has come than fits: then the capture is behind, and stays behind.
      while (!missed.some((why) => why !== undefined)) {
        await sleep(500);
        missed.push((await flooded.settle()).missed);
      }
      await flooded.settle();
      expect(missed.at(-1)).toMatch(/^the capture lost \d+ packets unseen$/);
    } finally {
      for (const flood of floods) flood.kill('SIGKILL');
    }
  }, 120_000);

  test('the capture knows the bridge of a removed interface, even one named like a number', () => {
    const dir = mkdtempSync(join(tmpdir(), 'bot-bottle-capture-'));
    const programs = [assetPath('arena/capture.pl'), assetPath('verify/packets.pl')];
    const nonce = makeNonce();
    try {
      const { status, stdout, stderr } = spawnSync(
        'unshare',
        ['-n', '-m', 'sh', '-c', GONE, 'sh', dir, ...programs, Buffer.from(nonce).toString('hex')],
        { encoding: 'utf8', timeout: 30_000 },
      );
      expect([status, stderr]).toEqual([0, '']);
      const lines = stdout.trim().split('\n').map(readLine);
      expect(lines).not.toContain(undefined);
      expect(lines).toContainEqual(
        expect.objectContaining({ word: nonce, device: 'at-bridge', bridge: '10' }),
      );
      expect(lines).toContainEqual(expect.objectContaining({ word: nonce, device: '10' }));
      expect(stdout).not.toContain('interface ');
    } finally {
      rmSync(dir, { recursive: true });
    }
  }, 40_000);

  test('the capture reports when it has stopped', async () => {
    const closed = await openCapture();
    await closed[Symbol.asyncDispose]();
    await expect(closed.settle()).rejects.toThrow(/ended before the attack did/);
  });

  test('an ordinary user gets the reason why there is no capture', () => {
    const { status, stderr } = spawnSync('perl', [assetPath('arena/capture.pl')], {
      ...agentOwner(),
      encoding: 'utf8',
    });
    expect([status !== 0, stderr]).toEqual([true, 'packet socket: Operation not permitted\n']);
  });
});
