import { bridgeName } from '../../../src/contracts/host-names.ts';
import { randomBytes } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeNonce } from '../../../src/verify/arena/nonce.ts';
import { openCanary, type Canary } from '../../../src/drivers/container/bridge/canary.ts';
import { unreachablePlaces } from '../../../src/drivers/network/unreachable.ts';
import { checkNetwork } from '../../../src/drivers/container/bridge/checks.ts';
import { installDrop } from '../../../src/drivers/container/bridge/drop.ts';
import type { Connection } from '../../../src/drivers/container/engine/engine.ts';
import { createDocker } from '../../../src/drivers/container/engine/docker.ts';
import { unlessMissing } from '../../../src/drivers/engine/missing.ts';
import { ensureCheckImage } from '../../../src/drivers/container/check/image.ts';
import { defaultImageReference } from '../../../src/drivers/image/recipe.ts';
import {
  containerName,
  dropTableName,
  innerNetworkName,
  subnetOf,
} from '../../../src/drivers/container/names.ts';
import { LOOPBACK_GATEWAY } from '../../../src/drivers/driver.ts';
import { packageRoot } from '../../../src/host/paths.ts';
import { run, runOrThrow } from '../../../src/host/run.ts';
import { startCapture } from '../../canary/capture.ts';
import { driverFor, openTestBottle, type TestBottle, type TestOptions } from './container.bottle.ts';
import { onlyWhole } from '../../support/suites/mode.ts';

/**
 * One-way packets of an attacker stronger than any agent: root with NET_ADMIN and NET_RAW in the bottle, through the
 * engine's own command line. Listeners on every address of the host judge, after they have received the same attack in
 * the open.
 */

const ATTACK = join(packageRoot(), 'test/integration/container/container-attack.py');
const notAborted = new AbortController().signal;

const hostAddresses = (): string[] =>
  Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .map(({ address }) => address.replace(/%.*/, ''));

let canary: Canary;
beforeAll(async () => {
  const [rung] = driverFor('docker').rungs;
  if (rung !== undefined) {
    await driverFor('docker').prepareImage(
      rung,
      { kind: 'default' },
      { progress: () => undefined, signal: notAborted },
    );
  }
  canary = await openCanary();
});
afterAll(() => canary.close());

const attackArgs = (): string[] => [
  'python3',
  '/attack.py',
  String(canary.port),
  canary.token,
  ...hostAddresses(),
];

/** Runs the attack in a bottle as root with all capabilities; returns the packets that its kernel let it send. */
async function attackIn({ spec }: TestBottle, privileged: boolean): Promise<Record<string, number>> {
  const args = [
    'exec',
    ...(privileged ? ['--privileged'] : []),
    '--user',
    '0',
    containerName(spec.id, 'agent'),
  ];
  const output = await runOrThrow(spec.rung.engine, [...args, ...attackArgs()]);
  return JSON.parse(output) as Record<string, number>;
}

describe('a network without the drop', () => {
  it('the same attack reaches its listener from a network without the drop', async () => {
    const name = `bot-bottle-open-${randomBytes(4).toString('hex')}`;
    const closed = 'com.docker.network.bridge.inhibit_ipv4=true';
    await runOrThrow('docker', ['network', 'create', '--internal', '--opt', closed, name]);
    try {
      const options = [
        '--rm',
        '--user',
        '0',
        '--network',
        name,
        '--cap-add',
        'NET_ADMIN',
        '--volume',
        `${ATTACK}:/attack.py:ro`,
      ];
      await runOrThrow('docker', ['run', ...options, defaultImageReference(), ...attackArgs()]);
    } finally {
      await runOrThrow('docker', ['network', 'rm', name]);
    }
    expect(await canary.heard()).not.toEqual([]);
    canary.close();
    canary = await openCanary();
  });
});

/** Each form on each engine; gVisor has a network stack of its own. */
const FORMS: readonly TestOptions[] = [
  { engine: 'docker', runtime: 'runc', form: 'joined' },
  { engine: 'docker', runtime: 'runsc', form: 'holder' },
  { engine: 'podman', runtime: 'runc', form: 'holder' },
  { engine: 'podman', runtime: 'crun', form: 'joined' },
  { engine: 'docker', runtime: 'runc', form: 'bridge' },
  { engine: 'podman', runtime: 'runsc', form: 'bridge' },
  ...onlyWhole<TestOptions>([
    { engine: 'docker', runtime: 'runc', form: 'holder' },
    { engine: 'docker', runtime: 'crun', form: 'bridge' },
    { engine: 'docker', runtime: 'runsc', form: 'bridge' },
    { engine: 'podman', runtime: 'runc', form: 'bridge' },
  ]),
];

describe.each(FORMS)('$engine $runtime, $form form', (form) => {
  let bottle: TestBottle;
  beforeAll(async () => {
    const attack = { hostPath: ATTACK, guestPath: '/attack.py', readOnly: true };
    bottle = await openTestBottle({ ...form, mounts: [attack] });
    await bottle.launch();
  });
  afterAll(async () => await bottle.remove());

  it('the launch checks run, with a control', () => {
    const ids = bottle.prepared.checks.map(({ id }) => id);
    expect(ids).toContain('gateway.answers');
    expect(ids).toContain(form.form === 'bridge' ? 'host.deaf' : 'network.unreachable');
  });

  it('nothing arrives from the agent, from root, or from root with every capability', async () => {
    await bottle.exec(attackArgs());
    await attackIn(bottle, false);
    const sent = await attackIn(bottle, true);
    // A bridge accepts packets: that they are sent is the control, that nobody receives them is the guarantee.
    expect((sent['bound'] ?? 0) > 0).toBe(form.form === 'bridge');
    expect(await canary.heard()).toEqual([]);
  });

  it('a name that is not allowed is looked up nowhere, by any resolver', async () => {
    const capture = await startCapture(
      hostAddresses().find((address) => isIPv4(address) && !address.startsWith('127.')) ?? '',
    );
    const names = [makeNonce(), makeNonce()];
    const ask = (name: string, server: string): string =>
      `const r = new (require("dns").promises.Resolver)({timeout: 5000, tries: 1}); r.setServers(["${server}"]); r.resolve4("${name}.example.com").then(console.log, (e) => console.log(e.code))`;
    const gateway =
      form.form === 'bridge'
        ? subnetOf(innerNetworkName(bottle.spec.id), 0).gatewayAddress
        : LOOPBACK_GATEWAY;
    const first = await bottle.exec(['node', '-e', ask(names[0] ?? '', gateway)]);
    const second = await bottle.exec(['node', '-e', ask(names[1] ?? '', '127.0.0.11')]);
    expect(first.stdout).toBe('ENOTFOUND\n');
    expect(second.stdout).toMatch(/^E[A-Z]+\n$/);
    const seen = await capture.end();
    expect(names.filter((name) => seen.has(name))).toEqual([]);
  });
});

/** Imitates a machine without our filter: allows sockets of AF_VSOCK, which is 40. */
function withVsock(connection: Connection): Connection {
  const profile = JSON.parse(connection.body.seccompProfile) as { readonly syscalls: readonly object[] };
  const args = [{ index: 0, value: 40, op: 'SCMP_CMP_EQ' }];
  const syscalls = [...profile.syscalls, { names: ['socket'], action: 'SCMP_ACT_ALLOW', args }];
  const seccompProfile = JSON.stringify({ ...profile, syscalls });
  return { ...connection, body: { ...connection.body, seccompProfile } };
}

describe('the bridge form', () => {
  const form: TestOptions = { engine: 'docker', runtime: 'runc', form: 'bridge' };

  it('a bridge bottle does not start where the drop cannot be installed', async () => {
    const connection = unlessMissing(await createDocker().connect('runc'));
    const image = await ensureCheckImage(connection.client, notAborted); // it contains no nft
    const order = { bottleId: 'test-no-nft', image, signal: notAborted };
    await expect(installDrop(connection, order)).rejects.toMatchObject({ code: 'rungUnavailable' });
  });

  it('a bridge bottle does not start where the drop has no effect, or a mounted socket leads to the engine', async () => {
    const bottle = await openTestBottle(form);
    const { id } = bottle.spec;
    const connection = unlessMissing(await createDocker().connect('runc'));
    const order = {
      bottleId: id,
      image: defaultImageReference(),
      subnet: subnetOf(innerNetworkName(id), 0),
      denied: unreachablePlaces(),
      minPids: 16,
      sharesKernel: true,
      signal: notAborted,
    };
    await expect(checkNetwork(connection, order)).resolves.toBeInstanceOf(Array);
    await expect(checkNetwork(withVsock(connection), order)).rejects.toMatchObject({
      code: 'rungUnavailable',
      details: [expect.stringMatching(/network\.machine failed: a socket of AF_VSOCK can be opened/)],
    });
    await runOrThrow('nft', ['delete', 'table', 'netdev', dropTableName(innerNetworkName(id))]);
    await expect(checkNetwork(connection, order)).rejects.toMatchObject({
      code: 'rungUnavailable',
      details: [expect.stringMatching(/^the host heard datagrams from /)],
    });
    await bottle.remove();
  });

  it('a bridge bottle takes other addresses where its own are taken', async () => {
    const id = `test-taken-${process.pid}`;
    const { cidr } = subnetOf(innerNetworkName(id), 0);
    await runOrThrow('docker', ['network', 'create', '--subnet', cidr, `${id}.other`]);
    try {
      const bottle = await openTestBottle({ ...form, spec: { id } });
      expect(bottle.prepared.evidence['subnet']).toBe(subnetOf(innerNetworkName(id), 1).cidr);
      await bottle.remove();
    } finally {
      await runOrThrow('docker', ['network', 'rm', `${id}.other`]);
    }
  });

  it('two bridge bottles run at once and cannot reach each other', async () => {
    const [one, two] = await Promise.all([openTestBottle(form), openTestBottle(form)]);
    await Promise.all([one.launch(), two.launch()]);
    const listen =
      'const s = require("net").createServer((c) => c.end("yes")); s.listen(7777, () => console.log("up")); setTimeout(() => process.exit(0), 5000)';
    const addressOfTwo = subnetOf(innerNetworkName(two.spec.id), 0).agentAddress;
    const listening = two.exec(['node', '-e', listen]);
    const dial = (address: string): readonly string[] => [
      'node',
      '-e',
      `const c = require("net").connect(7777, "${address}"); c.setTimeout(1500, () => { console.log("silent"); process.exit(0); }); c.on("data", (d) => { console.log(String(d)); process.exit(0); }); c.on("error", (e) => { if (e.code !== "ECONNREFUSED") { console.log(e.code); process.exit(0); } setTimeout(() => c.connect(7777, "${address}"), 50); })`,
    ];
    expect((await two.exec(dial(addressOfTwo))).stdout).toBe('yes\n');
    expect((await one.exec(dial(addressOfTwo))).stdout).toMatch(/^(silent|ENETUNREACH|EHOSTUNREACH)\n$/);
    await listening;
    await Promise.all([one.remove(), two.remove()]);
  });

  it('a bridge bottle leaves no network, bridge, rule or table behind', async () => {
    const bottle = await openTestBottle(form);
    await bottle.remove();
    const said = await Promise.all([
      run('docker', ['network', 'ls']),
      run('docker', ['ps', '--all']),
      run('nft', ['list', 'ruleset']),
      run('ip', ['link']),
    ]);
    const all = said.map(({ stdout }) => stdout).join('');
    expect(all).not.toContain(bottle.spec.id);
    expect(all).not.toContain(bridgeName(innerNetworkName(bottle.spec.id)));
    expect(all).not.toContain(dropTableName(innerNetworkName(bottle.spec.id)));
  });
});

describe('the holder of Docker', () => {
  const [AF_INET, AF_NETLINK] = [2, 16];
  let bottle: TestBottle;
  beforeAll(async () => {
    bottle = await openTestBottle({ engine: 'docker', runtime: 'runc', form: 'holder' });
  });
  afterAll(async () => await bottle.remove());

  /** Returns the result of making a socket of this family there: an exec runs under its container's own profile. */
  const madeIn = async (role: 'agent' | 'holder', family: number): Promise<string> => {
    const make = `print socket(my $s, ${family}, 2, 0) ? "made" : $!`;
    const argv = ['exec', containerName(bottle.spec.id, role), 'perl', '-e', make];
    return await runOrThrow('docker', argv);
  };

  it('the holder cannot create sockets of families that it does not need, and other containers can', async () => {
    expect(await madeIn('agent', AF_NETLINK)).toBe('made');
    expect(await madeIn('holder', AF_INET)).toBe('made');
    expect(await madeIn('holder', AF_NETLINK)).toBe('Operation not permitted');
  });
});
