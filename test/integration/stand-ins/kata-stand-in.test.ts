import { spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDocker } from '../../../src/drivers/container/engine/docker.ts';
import { unlessMissing } from '../../../src/drivers/engine/missing.ts';
import { endLeftovers } from '../../../src/drivers/container/remove/leftovers.ts';
import { readProcesses, machineOf } from '../../../src/drivers/kata/machine.ts';
import { ensureCheckImage, programMounts } from '../../../src/drivers/container/check/image.ts';
import { findProgram } from '../../../src/host/system/programs.ts';
import { run, runOrThrow, type RunResult } from '../../../src/host/run.ts';
import { installKata, type KataStandIn } from '../../support/kata/install.ts';

/**
 * The stand-in for Kata's shim is as strict as Kata in the points that it is there for. The control of each test is
 * runc, which is not as strict.
 */

let kata: KataStandIn;
let image: string;
const dir = mkdtempSync(join(tmpdir(), 'bb-kata-contract-'));
const network = `bb-kata-contract-${process.pid}`;

beforeAll(async () => {
  kata = await installKata();
  const docker = unlessMissing(await createDocker().helper());
  image = await ensureCheckImage(docker.client, new AbortController().signal);
  await runOrThrow('docker', ['network', 'create', network]);
});
afterAll(async () => {
  await run('docker', ['network', 'rm', network]);
  kata.remove();
  rmSync(dir, { recursive: true });
});

const MOUNTS = programMounts().flatMap(({ hostPath, guestPath }) => ['-v', `${hostPath}:${guestPath}:ro`]);
const inContainer = async (runtime: string, flags: readonly string[], script: string): Promise<RunResult> =>
  await run('docker', ['run', '--rm', '--runtime', runtime, ...MOUNTS, ...flags, image, 'sh', '-c', script], {
    timeoutMs: 60_000,
  });

describe.each([
  ['kata', true],
  ['runc', false],
])('with %s', (name, isMachine) => {
  const runtime = (): string => (isMachine ? kata.runtime : name);

  it("with this setting the kernel is its own or the host's", async () => {
    const { stdout } = await inContainer(
      runtime(),
      ['--network', 'none'],
      'read -r l </proc/version; echo "$l"',
    );
    const host = await runOrThrow('cat', ['/proc/version']);
    expect(stdout === host).toBe(!isMachine);
  });

  it('with this setting a socket of the host can or cannot be connected to', async () => {
    const path = join(dir, `${name}.sock`);
    const server = createServer((socket) => socket.end('heard')).listen(path);
    const script = `perl -MSocket -e 'socket(S,PF_UNIX,SOCK_STREAM,0); connect(S,pack_sockaddr_un("/s/${name}.sock")) or die "$!\\n"; print <S>'`;
    const { stdout } = await inContainer(runtime(), ['--network', 'none', '-v', `${dir}:/s`], script);
    server.close();
    expect(stdout).toBe(isMachine ? '' : 'heard');
  });

  it("with this setting the engine's resolver answers or does not", async () => {
    const flags = ['--network', network, '--name', `bb-kata-names-${process.pid}-${name}`];
    // A name that Docker itself resolves: the answer needs no way out.
    const script = `timeout 3 perl -e 'print gethostbyname("bb-kata-names-${process.pid}-${name}") ? "found" : "lost"'`;
    expect((await inContainer(runtime(), flags, script)).stdout).toBe(isMachine ? 'lost' : 'found');
  });

  it('with this setting output ends with input or goes on', async () => {
    const script = 'echo first; cat; for i in 1 2 3; do sleep 0.1; echo later; echo complaint >&2; done';
    const { stdout, stderr } = await inContainer(runtime(), ['--network', 'none', '-i'], script);
    const later = ['later\n'.repeat(3), 'complaint\n'.repeat(3)];
    expect([stdout.replace(/^first\n/, ''), stderr].map((said, index) => said === later[index])).toEqual(
      isMachine ? [false, false] : [true, true],
    );
  });

  it("with this setting a program's end is the container's end", async () => {
    const ended = async (script: string) =>
      (await inContainer(runtime(), ['--network', 'none'], script)).exitCode;
    expect([await ended('exit 0'), await ended('exit 7')]).toEqual([0, 7]);
  });
});

describe('the container’s process', () => {
  it("the container's process is a VMM of the shim with a KVM machine, in the container's network", async () => {
    const name = `bb-kata-machine-${process.pid}`;
    await runOrThrow('docker', [
      'run',
      '-d',
      '--rm',
      '--name',
      name,
      '--runtime',
      kata.runtime,
      '--network',
      network,
      ...MOUNTS,
      image,
      'sleep',
      '60',
    ]);
    const format = '{{.Id}} {{.State.Pid}}';
    const [containerId = '', pid = ''] = (await runOrThrow('docker', ['inspect', '-f', format, name]))
      .trim()
      .split(' ');
    const shim = `containerd-shim-${kata.runtime.split('.')[2]}-v2`;
    const answer = machineOf(readProcesses(), { containerId, pid: Number(pid), shim });
    const links = await runOrThrow('nsenter', [`--net=/proc/${pid}/ns/net`, 'ip', '-o', 'link']);
    await run('docker', ['rm', '--force', name]);
    expect(answer).toMatchObject({ vmm: 'qemu-system-x86_64', pid: Number(pid) });
    expect(links).toMatch(/\beth0\b/);
  });

  it("the container's process ends although its shim was killed and it goes on", async () => {
    const id = 'ab'.repeat(32);
    const path = join(dir, 'qemu-system-x86_64');
    copyFileSync(findProgram('perl') ?? '', path);
    const child = spawn(path, ['-e', 'sleep 60', '--', `sandbox-${id},debug-threads=on`]);
    const ended = new Promise((resolve) => child.once('exit', (_code, signal) => resolve(signal)));
    const docker = unlessMissing(await createDocker().helper());
    await expect.poll(() => readProcesses().some(({ pid }) => pid === child.pid)).toBe(true);
    await endLeftovers(docker, ['cd'.repeat(32)]);
    expect(child.exitCode ?? child.signalCode).toBeNull();
    await endLeftovers(docker, [id]);
    expect(await ended).toMatch(/^SIG/);
  });
});
