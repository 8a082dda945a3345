import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { TEST_USER } from '../../scripts/setup/test-user.ts';
import {
  bridgeName,
  containerName,
  dropTableName,
  innerNetworkName,
  outerNetworkName,
} from '../../src/drivers/container/names.ts';
import { ENGINE_FORMS } from '../../src/drivers/container/forms.ts';
import type { Resource } from '../../src/drivers/driver.ts';
import { packageRoot } from '../../src/host/paths.ts';
import { run, runOrThrow } from '../../src/host/run.ts';
import { driverFor, openTestBottle } from './container.bottle.ts';

/** What is made is removed: by its name, from any state, and as often as anybody asks. */

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
  it('removes what is not there without a word', async () => {
    const nothing = everythingOf(engine, `test-nothing-${process.pid}`);
    await expect(driverFor(engine).remove(nothing)).resolves.toBeUndefined();
  });

  it.each(ENGINE_FORMS)('removes a running bottle, in the %s form, twice', async (form) => {
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

describe('docker', () => {
  it('says what it cannot remove', async () => {
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

describe('a start that fails', () => {
  it('has nothing in the making when it says so', async () => {
    const missing = { hostPath: '/no/such/folder', guestPath: '/x', readOnly: true };
    const opening = openTestBottle({ engine: 'docker', runtime: 'runc', mounts: [missing] });
    await expect(opening).rejects.toThrow('/no/such/folder');
    expect(await tracesOf('docker', `test-${process.pid}-`)).toEqual([]);
  });

  it('is the program’s own where there is no such program', async () => {
    const argv = ['/no/such/program'];
    const bottle = await openTestBottle({ engine: 'docker', runtime: 'runc', spec: { argv } });
    const { code, stderr } = await (await bottle.launch()).ended();
    expect({ code, stderr }).toEqual({ code: 127, stderr: expect.stringContaining('/no/such/program') });
    await bottle.remove();
  });

  it.each([50, 150, 300, 450, 600])('also when the user gives up after %d ms', async (afterMs) => {
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
  });
});

describe('a user of the docker group without root', () => {
  it.each(['holder', 'bridge'] as const)('has the same bottle, in the %s form', async (form) => {
    const program = fileURLToPath(new URL('./container-as-user.ts', import.meta.url));
    const [uid, gid] = await Promise.all(
      ['-u', '-g'].map(async (flag) => (await runOrThrow('id', [flag, TEST_USER])).trim()),
    );
    const group = (await runOrThrow('getent', ['group', 'docker'])).split(':')[2] ?? '';
    const { stdout } = await promisify(execFile)(
      'setpriv',
      [
        '--reuid',
        uid ?? '',
        '--regid',
        gid ?? '',
        '--groups',
        group,
        process.execPath,
        '--import',
        'tsx',
        program,
        form,
      ],
      { env: { PATH: process.env['PATH'], HOME: `/home/${TEST_USER}` }, cwd: packageRoot() },
    );
    expect(JSON.parse(stdout)).toEqual({
      code: 0,
      stdout: `${uid} /work/made\n`,
      owner: Number(uid),
      isClosed: true,
    });
  });
});
