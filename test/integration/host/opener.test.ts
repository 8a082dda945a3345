import { once } from 'node:events';
import { mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { assetPath } from '../../../src/host/paths.ts';
import { spawnProgram } from '../../../src/host/run.ts';
import { BOTTLE_ID_VARIABLE, findProcessesOf } from '../../../src/host/processes.ts';
import { isRoot, OPENER_ID_UNDER_ROOT } from '../../../src/host/user.ts';

/** The rights of the opener in a network that earlier processes may have entered. */

const NOBODY = '65534';
const ID = `opener-${process.pid}`;
const folder = mkdtempSync(join(tmpdir(), 'bot-bottle-opener-'));
/** Accepts a connection and sends nothing, so that the opener waits inside. */
let gateway: Server;
let network: ReturnType<typeof spawnProgram> | undefined;
let opener: ReturnType<typeof spawnProgram> | undefined;

/** A network with only a loopback, where everybody may open low ports, as in a container. */
const NETWORK =
  'ip link set lo up; echo 0 > /proc/sys/net/ipv4/ip_unprivileged_port_start; echo up; read -r word';

beforeAll(async () => {
  gateway = createServer().listen(join(folder, 's'));
  if (!isRoot()) return;
  network = spawnProgram('unshare', ['--net', 'sh', '-c', NETWORK], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(network.stdout ?? network, 'data');
});
afterAll(() => {
  opener?.kill('SIGKILL');
  network?.kill('SIGKILL');
  gateway.close();
  rmSync(folder, { recursive: true });
});

/** Returns the lines of /proc/PID/status, by name. */
function statusOf(pid = 0): Readonly<Record<string, string | undefined>> {
  const lines = readFileSync(`/proc/${pid}/status`, 'utf8').split('\n');
  return Object.fromEntries(
    lines.map((line) => [line.split(':')[0] ?? '', line.split(':').slice(1).join(':').trim()]),
  );
}

test.runIf(isRoot())(
  'the opener that root starts keeps no right of root in the network that it joins',
  async () => {
    const place = ['--socket', join(folder, 's'), '--address', '127.200.0.1', '--join', String(network?.pid)];
    const connected = once(gateway, 'connection');
    opener = spawnProgram('perl', [assetPath('handover/open.pl'), ...place], {
      env: { [BOTTLE_ID_VARIABLE]: ID },
      stdio: 'ignore',
    });
    await connected;
    const inside = (): string => readlinkSync(`/proc/${opener?.pid}/ns/net`);
    await expect.poll(inside).toBe(readlinkSync(`/proc/${network?.pid}/ns/net`));
    await expect.poll(() => statusOf(opener?.pid)['NoNewPrivs']).toBe('1');
    const { Uid, Gid, Groups, CapInh, CapPrm, CapEff, CapAmb } = statusOf(opener?.pid);
    expect({ Uid, Gid, Groups, CapInh, CapPrm, CapEff, CapAmb }).toEqual({
      Uid: Array(4).fill(String(OPENER_ID_UNDER_ROOT)).join('\t'),
      Gid: Array(4).fill(NOBODY).join('\t'),
      Groups: NOBODY,
      CapInh: '0000000000000000',
      CapPrm: '0000000000000000',
      CapEff: '0000000000000000',
      CapAmb: '0000000000000000',
    });
    // If its launcher and its gateway were killed now, the opener would not be lost: the clean-up finds it.
    expect(findProcessesOf(ID).map(({ pid }) => pid)).toEqual([opener.pid]);
  },
);
