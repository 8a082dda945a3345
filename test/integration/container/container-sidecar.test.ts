import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { containerName } from '../../../src/drivers/container/names.ts';
import { faultsOf } from '../../../src/host/process/confinement.ts';
import { leavesNoCore } from '../../../src/host/process/core-dumps.ts';
import { KERNEL_TABLES } from '../../../src/host/system/own-addresses.ts';
import { runOrThrow } from '../../../src/host/run.ts';
import { gatewayOwner } from '../../../src/host/user.ts';
import { gatewayPid } from '../../conformance/support/gateway.ts';
import { openTestBottle, type TestBottle } from './container.bottle.ts';

/**
 * A gateway in a separate container has no more rights than it needs, according to the engine and to the kernel's data
 * on its process.
 */

/** A documentation address (RFC 5737) that the test adds to this host. */
const LATER = '198.51.100.88';
const PORT = 18_088;
/** Requests a URL through the proxy in HTTP_PROXY; prints the status and the answer. */
const VIA_PROXY = `const ask = (url) => require('http').get(process.env.HTTP_PROXY, { path: url, headers: { host: new URL(url).host } }, async (r) => console.log(r.statusCode, (await r.toArray()).join('')))`;

describe.each([
  ['docker', 'runc'],
  ['docker', 'crun'],
  ['docker', 'runsc'],
  ['podman', 'runc'],
  ['podman', 'runsc'],
] as const)('%s, with a bottle of %s', (engine, runtime) => {
  let bottle: TestBottle;
  beforeAll(async () => {
    const rule = { id: 'later', host: LATER, port: PORT, scheme: 'http' } as const;
    bottle = await openTestBottle({ engine, runtime, form: 'bridge', allow: [rule] });
    await bottle.launch();
  });
  afterAll(async () => await bottle.remove());

  it("the sidecar is read-only except for its log and control socket, and knows only the host's names", async () => {
    const name = containerName(bottle.spec.id, 'gateway');
    const [inspected] = JSON.parse(await runOrThrow(engine, ['inspect', name])) as [Inspected];
    expect(inspected.HostConfig).toMatchObject({ ReadonlyRootfs: true, Privileged: false });
    const mounts = inspected.Mounts.map(({ Destination, RW }) => `${Destination} ${RW ? 'rw' : 'ro'}`);
    expect(mounts.sort()).toEqual([
      '/etc/hosts ro',
      '/gateway.cjs ro',
      '/gateway/config.json ro',
      ...Object.values(KERNEL_TABLES).map((table) => `/gateway/host-net/${table} ro`),
      '/gateway/trust.pem ro',
      '/run/audit rw',
      '/run/control rw',
    ]);
    expect(writableOfHost(await procOf(engine, bottle, 'mountinfo'))).toEqual(['/run/audit', '/run/control']);
  });

  it('the sidecar runs as nobody, without capabilities and core dumps', async () => {
    expect(faultsOf(await procOf(engine, bottle, 'status'), gatewayOwner())).toEqual([]);
    expect(leavesNoCore(await procOf(engine, bottle, 'limits'))).toBe(true);
  });

  it('the sidecar refuses an address that the host gets while it runs', async () => {
    const heard: string[] = [];
    await runOrThrow('ip', ['address', 'add', `${LATER}/32`, 'dev', 'lo']);
    const server = createServer((request, response) => {
      heard.push(request.url ?? '');
      response.end();
    }).listen(PORT, LATER);
    onTestFinished(async () => {
      server.close();
      await runOrThrow('ip', ['address', 'delete', `${LATER}/32`, 'dev', 'lo']);
    });
    await once(server, 'listening');
    const url = `http://${LATER}:${PORT}`;
    const asked = await bottle.exec(['node', '-e', `${VIA_PROXY}; ask('${url}/agent')`]);
    expect(asked.stdout).toMatch(/^403 .*the host's own/);
    // Control: a request from the same container that bypasses the gateway's checks.
    const control = [
      'exec',
      containerName(bottle.spec.id, 'gateway'),
      'node',
      '-e',
      `fetch('${url}/control')`,
    ];
    await runOrThrow(engine, control);
    expect(heard).toEqual(['/control']);
  });
});

/** The engine's description of a container. */
interface Inspected {
  readonly HostConfig: object;
  readonly Mounts: readonly { readonly Destination: string; readonly RW: boolean }[];
}

async function procOf(engine: 'docker' | 'podman', { spec }: TestBottle, file: string): Promise<string> {
  const pid = await gatewayPid({ networkForm: 'bridge', engine }, spec.id);
  return readFileSync(`/proc/${pid}/${file}`, 'utf8');
}

const OF_THE_KERNEL = /^(proc|sysfs|tmpfs|devpts|devtmpfs|mqueue|cgroup2?) /;

/**
 * Returns the writable mount points in /proc/PID/mountinfo (proc(5)) that belong neither to the kernel nor to memory.
 */
function writableOfHost(mountinfo: string): string[] {
  const mounts = mountinfo.trim().split('\n');
  const ofHost = mounts.filter((line) => !OF_THE_KERNEL.test(line.split(' - ')[1] ?? ''));
  const fields = ofHost.map((line) => line.split(' '));
  return fields
    .filter(([, , , , , flags = '']) => flags.startsWith('rw'))
    .map(([, , , , point = '']) => point)
    .sort();
}
