import { bridgeName } from '../../../src/contracts/host-names.ts';
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { TEST_USER } from '../../../scripts/setup/test-user.ts';
import {
  containerName,
  dropTableName,
  innerNetworkName,
  outerNetworkName,
} from '../../../src/drivers/container/names.ts';
import { createDocker } from '../../../src/drivers/container/engine/docker.ts';
import { unlessMissing } from '../../../src/drivers/engine/missing.ts';
import { endLeftovers, findLeftGroups } from '../../../src/drivers/container/remove/leftovers.ts';
import type { Resource } from '../../../src/drivers/driver.ts';
import { defaultImageReference } from '../../../src/drivers/image/recipe.ts';
import { packageRoot } from '../../../src/host/paths.ts';
import { run, runOrThrow } from '../../../src/host/run.ts';
import { findUser } from '../../support/user.ts';
import { driverFor, openTestBottle } from './container.bottle.ts';
import { onlyWhole } from '../../support/suites/mode.ts';

/** Everything that is made is removed: by its name, from any state, and as often as requested. */

const ENGINES = ['docker', 'podman'] as const;

async function tracesOf(engine: string, id: string): Promise<string[]> {
  const said = await Promise.all([
    run(engine, ['ps', '--all', '--format', '{{.Names}}']),
    run(engine, ['network', 'ls', '--format', '{{.Name}}']),
    run('nft', ['list', 'ruleset']),
    run('ip', ['-brief', 'link']),
    run('ps', ['-eo', 'args']),
  ]);
  const marks = [
    id,
    bridgeName(innerNetworkName(id)),
    bridgeName(outerNetworkName(id)),
    dropTableName(innerNetworkName(id)),
  ];
  return said
    .flatMap(({ stdout }) => stdout.split('\n'))
    .filter((line) => marks.some((mark) => line.includes(mark)) && !line.includes('vitest'));
}

const everythingOf = (engine: string, id: string): Resource[] => [
  ...(['agent', 'holder', 'gateway', 'checks', 'firewall'] as const).map((role): Resource => ({
    kind: 'container',
    engine,
    name: containerName(id, role),
  })),
  { kind: 'network', engine, name: innerNetworkName(id) },
  { kind: 'network', engine, name: outerNetworkName(id) },
  { kind: 'volume', engine, name: `bot-bottle-${id}` },
  { kind: 'processes', bottleId: id },
];

describe.each(ENGINES)('%s', (engine) => {
  it('removing absent resources succeeds silently', async () => {
    const nothing = everythingOf(engine, `test-nothing-${process.pid}`);
    await expect(driverFor(engine).remove(nothing)).resolves.toBeUndefined();
  });

  it.each(['joined', 'holder', 'bridge'] as const)('a running %s bottle is removed twice', async (form) => {
    const bottle = await openTestBottle({ engine, runtime: 'runc', form });
    const { id } = bottle.spec;
    await bottle.launch();
    await bottle.exec(['true']); // Podman's monitor of an exec outlives it
    expect(await tracesOf(engine, id)).not.toEqual([]);
    await bottle.driver.remove(everythingOf(engine, id));
    await bottle.driver.remove(everythingOf(engine, id));
    await bottle.remove();
    expect(await tracesOf(engine, id)).toEqual([]);
  });
});

describe.each(ENGINES)('%s, the bridge form', (engine) => {
  it('a gateway is removed while another container of ours still has its network', async () => {
    const bottle = await openTestBottle({ engine, runtime: 'runc', form: 'bridge' });
    const { id } = bottle.spec;
    const [gateway, firewall] = [containerName(id, 'gateway'), containerName(id, 'firewall')];
    const options = [
      'run',
      '--runtime',
      'runc',
      '--detach',
      '--stop-timeout',
      '1', // it heeds no SIGTERM
      '--name',
      firewall,
      '--network',
      `container:${gateway}`,
    ];
    try {
      await runOrThrow(engine, [...options, defaultImageReference(), 'sleep', '60']);
    } finally {
      await bottle.remove();
    }
    expect(await tracesOf(engine, id)).toEqual([]);
  });
});

describe('docker', () => {
  it('the removal names an engine that does not answer at its recorded address, and removes the rest', async () => {
    const name = containerName(`test-elsewhere-${process.pid}`, 'agent');
    const resource: Resource = { kind: 'container', engine: 'docker', address: '/nonexistent/d.sock', name };
    const network = innerNetworkName(`test-here-${process.pid}`);
    await runOrThrow('docker', ['network', 'create', network]);
    const here: Resource = { kind: 'network', engine: 'docker', name: network };
    await expect(driverFor('docker').remove([resource, here])).rejects.toMatchObject({
      code: 'rungUnavailable',
      message: expect.stringContaining('/nonexistent/d.sock'),
    });
    expect((await run('docker', ['network', 'inspect', network])).exitCode).not.toBe(0);
  });

  it('the removal names what it cannot remove', async () => {
    const id = `test-stuck-${process.pid}`;
    const network = innerNetworkName(id);
    await runOrThrow('docker', ['network', 'create', network]);
    const guest = `${id}-guest`;
    const image = 'localhost/bot-bottle/probe:1';
    await runOrThrow('docker', [
      'run',
      '--detach',
      '--name',
      guest,
      '--network',
      network,
      '--volume',
      '/usr:/usr:ro',
      image,
      '/bin/sleep',
      '60',
    ]);
    const resource: Resource = { kind: 'network', engine: 'docker', name: network };
    await expect(driverFor('docker').remove([resource])).rejects.toMatchObject({
      code: 'dependencyMissing',
      details: [expect.stringContaining(network)],
    });
    await runOrThrow('docker', ['rm', '--force', guest]);
    await driverFor('docker').remove([resource]);
    expect(await tracesOf('docker', id)).toEqual([]);
  });
});

describe('a container start that fails', () => {
  it('a failed start has no work under way when it reports its error', async () => {
    const missing = { hostPath: '/no/such/folder', guestPath: '/x', readOnly: true };
    const opening = openTestBottle({ engine: 'docker', runtime: 'runc', mounts: [missing] });
    await expect(opening).rejects.toThrow('/no/such/folder');
    expect(await tracesOf('docker', `test-${process.pid}-`)).toEqual([]);
  });

  it("a missing program in the image is reported as the program's error", async () => {
    const argv = ['/no/such/program'];
    const bottle = await openTestBottle({ engine: 'docker', runtime: 'runc', spec: { argv } });
    const { code, stderr } = await (await bottle.launch()).ended();
    expect({ code, stderr }).toEqual({ code: 127, stderr: expect.stringContaining('/no/such/program') });
    await bottle.remove();
  });

  it.each([150, 450, ...onlyWhole([50, 300, 600])])(
    'a start interrupted after %d ms leaves nothing',
    async (afterMs) => {
      const interrupt = new AbortController();
      const opening = openTestBottle({
        engine: 'docker',
        runtime: 'runc',
        form: 'bridge',
        signal: interrupt.signal,
      });
      setTimeout(() => interrupt.abort(new Error('enough')), afterMs);
      await expect(opening).rejects.toThrow('enough');
      expect(await tracesOf('docker', `test-${process.pid}-`)).toEqual([]);
    },
  );
});

/** Runs a script as this user of the docker group, and returns its output. */
async function asUserOfDocker(
  script: URL,
  given: string | readonly string[],
  group = 'docker',
): Promise<string> {
  const { become, env } = await findUser(TEST_USER, group);
  const node = [process.execPath, '--import', 'tsx', fileURLToPath(script)];
  const [program = '', ...args]: readonly string[] = [...become, ...node, ...[given].flat()];
  const options = { env: { ...env, PATH: process.env['PATH'] }, cwd: packageRoot() };
  return (await promisify(execFile)(program, args, options)).stdout;
}

describe('a user of the docker group without root', () => {
  it.each(['holder', 'bridge'] as const)('a docker user gets the same %s bottle', async (form) => {
    const { uid } = await findUser(TEST_USER);
    expect(
      JSON.parse(await asUserOfDocker(new URL('./container-as-user.ts', import.meta.url), form)),
    ).toEqual({
      code: 0,
      stdout: `${uid} /work/made\n`,
      owner: uid,
      isClosed: true,
    });
  });

  it("a user of the docker group has the engine remove files of the bottle's root", async () => {
    const script = new URL('./container-removed-as-user.ts', import.meta.url);
    const { uid, gid } = await findUser(TEST_USER);
    const parent = mkdtempSync('/var/tmp/bb-removed-');
    chownSync(parent, uid, gid);
    const path = join(parent, 'work');
    mkdirSync(join(path, 'of-root/closed'), { recursive: true });
    chownSync(path, uid, gid);
    writeFileSync(join(path, 'of-root/closed/file'), 'kept');
    chmodSync(join(path, 'of-root/closed'), 0);
    writeFileSync(join(parent, 'beside'), 'kept');
    symlinkSync(join(parent, 'beside'), join(path, 'of-root/link'));
    expect(await asUserOfDocker(script, path, 'users')).toContain('EACCES');
    // The bottle's own engine does not answer, and the removal asks no other one.
    expect(await asUserOfDocker(script, [path, '/nonexistent/d.sock'])).toContain('EACCES');
    expect(existsSync(join(path, 'of-root'))).toBe(true);
    expect(await asUserOfDocker(script, [path, '/run/docker.sock'])).toBe('');
    expect([existsSync(path), existsSync(join(parent, 'beside'))]).toEqual([false, true]);
    rmSync(parent, { recursive: true });
  });
});

/** The state that a killed `runsc create` leaves: the caller of the start has gone. */
describe('control groups of a removed container', () => {
  const HIERARCHIES = ['memory', 'pids'].map((controller) => `/sys/fs/cgroup/${controller}/docker`);
  const helper = async () => unlessMissing(await createDocker().helper());

  /** Makes the control groups, each with a group inside. */
  function makeGroups(): { readonly id: string; readonly groups: readonly string[] } {
    const id = randomBytes(32).toString('hex');
    const places = HIERARCHIES.filter((path) => existsSync(path));
    const parents = places.length > 0 ? places : ['/sys/fs/cgroup/docker'];
    const groups = parents.map((parent) => join(parent, id));
    for (const group of groups) mkdirSync(join(group, 'inner'), { recursive: true });
    return { id, groups };
  }

  /** Puts a process with the name of the runtime into the inner groups, as if it still worked for the container. */
  function makeUsed() {
    const { id, groups } = makeGroups();
    const runtime = spawn('perl', ['-e', 'sleep 60', id], { argv0: 'runsc', stdio: 'ignore' });
    for (const group of groups) writeFileSync(join(group, 'inner', 'cgroup.procs'), String(runtime.pid));
    return { id, groups, ended: once(runtime, 'exit') };
  }

  const REMOVERS = {
    root: async (id: string) => await endLeftovers(await helper(), [id]),
    'a user of the docker group': async (id: string) =>
      await asUserOfDocker(new URL('./container-left.ts', import.meta.url), id),
  } as const;

  it.each(Object.entries(REMOVERS))('control groups go with their processes: %s', async (_, remove) => {
    const { id, groups, ended } = makeUsed();
    expect(findLeftGroups([id])).toEqual(expect.arrayContaining([...groups]));
    await remove(id);
    expect(await ended).toEqual([null, expect.stringMatching(/^SIG(TERM|KILL)$/)]);
    expect(groups.filter((path) => existsSync(path))).toEqual([]);
  });

  it("only this container's control groups go", async () => {
    await expect(helper().then(async (it) => await endLeftovers(it, ['']))).rejects.toThrow('no id');
  });

  it('a control group that still has a process is named', async () => {
    const { id, groups } = makeGroups();
    const sleeper = spawn('sleep', ['60']);
    for (const group of groups) writeFileSync(join(group, 'inner', 'cgroup.procs'), String(sleeper.pid));
    await expect(endLeftovers(await helper(), [id])).rejects.toMatchObject({
      code: 'dependencyMissing',
      details: expect.arrayContaining([...groups]),
    });
    sleeper.kill();
    await once(sleeper, 'exit');
    await endLeftovers(await helper(), [id]);
    expect(groups.filter((path) => existsSync(path))).toEqual([]);
  });
});
