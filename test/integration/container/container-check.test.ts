import { createServer, type Server } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { containerDriver } from '../../../src/drivers/container/driver.ts';
import { createDocker } from '../../../src/drivers/container/engine/docker.ts';
import type { Engine } from '../../../src/drivers/container/engine/engine.ts';
import { unlessMissing } from '../../../src/drivers/engine/missing.ts';
import { checkRung } from '../../../src/drivers/container/check/check-rung.ts';
import type { ContainerEngine } from '../../../src/contracts/rungs.ts';
import type { RungCheck, CheckContext, Rung, RuntimeName } from '../../../src/drivers/driver.ts';
import { run } from '../../../src/host/run.ts';
import { runscArguments } from '../../../scripts/setup/daemon-config.ts';

/** Decides whether a rung is ready, installed or absent by what starts, not by what is registered. */

/**
 * The tests' set-up registers it: gVisor without its arguments if it needs them here, else a program that is no
 * runtime.
 */
const BROKEN = 'broken-runsc';

let count = 0;
function look(): CheckContext {
  count += 1;
  return {
    id: `probe-test-${process.pid}-${count}`,
    dir: tmpdir(),
    record: async () => undefined,
    isAskedFor: true,
    signal: new AbortController().signal,
  };
}

async function check(engine: ContainerEngine, runtime: RuntimeName): Promise<RungCheck> {
  const driver = containerDriver(engine);
  const rung = driver.rungs.find((one) => one.runtime === runtime);
  if (rung === undefined) throw new Error(`no rung ${runtime}`);
  return await driver.check(rung, look());
}

const gvisorProcesses = async (): Promise<string> => (await run('pgrep', ['-x', 'runsc-sandbox'])).stdout;

describe('a rung that works', () => {
  it.each([
    ['docker', 'runc', 'docker-init'],
    ['docker', 'crun', 'docker-init'],
    ['docker', 'runsc', 'runsc-sandbox'],
    ['podman', 'runc', 'podman-init'],
    ['podman', 'crun', 'podman-init'],
    ['podman', 'runsc', 'runsc-sandbox'],
  ] as const)('the check finds %s %s ready', async (engine, runtime, process) => {
    const { status, reason, fix, evidence } = await check(engine, runtime);
    expect({ status, fix }, reason).toEqual({ status: 'ready', fix: '' });
    expect(evidence['process']).toContain(process);
    expect(evidence[engine]).toMatch(/^\d+\.\d+/);
    expect(evidence['runtimeVersion']).toMatch(/\d/);
  });

  it('the check reads from the registration that gVisor uses the given network', async () => {
    expect((await check('docker', 'runsc')).rung.traits.ownNetworkStack).toBe(false);
  });
});

describe('a registered rung that does not work', () => {
  it('an OCI runtime in place of a shim is installed, not ready', async () => {
    const { status, reason, fix } = await check('docker', 'kata'); // the tests' set-up registers /usr/bin/false
    expect(status).toBe('installed');
    expect(reason).toContain('/usr/bin/false is registered as an OCI runtime');
    expect(fix).toContain('containerd-shim-kata-v2');
  });

  it('gVisor with its own network stack is installed, with the exact fix where it is too old', async () => {
    const isTooOld = runscArguments((await run('runsc', ['--version'])).stdout, release()).length > 0;
    const before = await gvisorProcesses();
    const { status, reason, fix, rung } = await checkRung(
      throughRuntime(BROKEN),
      { runtime: 'runsc', engine: 'docker', boundary: 'user-kernel', traits: {} } as unknown as Rung,
      look(),
    );
    expect(status).toBe('installed');
    expect(rung.traits.ownNetworkStack).toBe(true);
    const [what, remedy] = isTooOld
      ? ['cannot run with network enabled in root network namespace', '--network=host']
      : ['/usr/bin/false', 'see its output'];
    expect(reason).toContain(what);
    expect(fix).toContain(remedy);
    expect(await gvisorProcesses()).toBe(before);
  });

  it('another runtime under a false name is installed, not ready', async () => {
    const { status, reason } = await checkRung(
      throughRuntime('runc'),
      { runtime: 'runsc', engine: 'docker', boundary: 'user-kernel', traits: {} } as unknown as Rung,
      look(),
    );
    expect(status).toBe('installed');
    expect(reason).toContain('the process on the host is no runsc');
  });
});

/** Returns Docker with another registration in place of gVisor's. */
function throughRuntime(key: string): Engine {
  const docker = createDocker();
  return {
    ...docker,
    connect: async (runtime, options) => {
      const found = unlessMissing(await docker.connect(runtime, options));
      return {
        ...found,
        runtimeKey: key,
        ownNetworkStack: key === BROKEN,
        body: { ...found.body, runtime: key },
      };
    },
  };
}

describe('an engine that cannot be used', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bb-engine-'));
  let server: Server | undefined;
  afterEach(() => {
    server?.close();
    delete process.env['DOCKER_HOST'];
    rmSync(folder, { recursive: true, force: true });
  });

  it('an engine without a running daemon is absent', async () => {
    process.env['DOCKER_HOST'] = `unix://${folder}/nobody.sock`;
    expect(await check('docker', 'runc')).toMatchObject({
      status: 'installed',
      reason: "Docker's daemon does not run",
    });
  });

  it('an engine that accepts connections but never answers does not block the check', async () => {
    const path = join(tmpdir(), `bb-wedged-${process.pid}.sock`);
    server = createServer(() => undefined).listen(path);
    process.env['DOCKER_HOST'] = `unix://${path}`;
    const { status, reason } = await check('docker', 'runc');
    expect({ status, reason }).toEqual({
      status: 'installed',
      reason: 'Docker does not answer: the engine did not answer GET /info within 5 s',
    });
  });

  it('an engine that is not on this host is absent', async () => {
    process.env['DOCKER_HOST'] = 'tcp://192.0.2.1:2375';
    expect((await check('docker', 'runc')).reason).toContain('only a Unix socket');
  });
});
