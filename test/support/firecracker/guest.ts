import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { BottleSpec } from '../../../src/drivers/driver.ts';
import { machinePaths } from '../../../src/drivers/microvm/files/layout.ts';
import { makeMachine, type MadeMachine } from '../../../src/drivers/microvm/make.ts';
import { planStart } from '../../../src/drivers/microvm/plan.ts';
import { FIRECRACKER } from '../../../src/drivers/microvm/driver.ts';
import { awaitApi } from '../../../src/drivers/microvm/vmm/api.ts';
import { FIRECRACKER_VMM } from '../../../src/drivers/microvm/vmm/firecracker.ts';
import { VM, type Machine } from '../../../src/drivers/microvm/vmm/machine.ts';
import { readHostFacts, sandboxOwner, processorOf } from '../../../src/drivers/sandbox/facts.ts';
import { runInside } from '../../../src/drivers/sandbox/life.ts';
import { startBottle, type StartedBottle } from '../../../src/drivers/sandbox/start.ts';
import { linesOf } from '../../../src/errors.ts';
import { assetPath } from '../../../src/host/paths.ts';
import { runOrThrow } from '../../../src/host/run.ts';

/** A bottle's real guest in a bottle's real sandbox, for the stand-in for Firecracker. */

const MIB = 1024 ** 2;
const BOOT_MS = 120_000;
const { signal } = new AbortController();

export interface Guest {
  readonly spec: BottleSpec;
  readonly made: MadeMachine;
}

/** Makes a guest, with its files below a folder. */
export async function makeGuest(id: string, dir: string): Promise<Guest> {
  const spec: BottleSpec = {
    id,
    rung: FIRECRACKER,
    networkForm: 'joined',
    image: { kind: 'default' },
    resources: { cpus: 1, memoryBytes: 256 * MIB, pids: 64, diskBytes: 512 * MIB },
    env: {},
    argv: ['true'],
    cwd: '/home/agent',
    tty: false,
    mounts: [],
    runDir: await privateDir(join(dir, id)),
  };
  const nothing = Promise.resolve();
  const gateway = { trusted: nothing };
  return {
    spec,
    made: await makeMachine(spec, { progress: () => undefined, signal, files: nothing, gateway }),
  };
}

/** Copies a guest under another id, with its disks as they are now: another machine continues what this one saved. */
export async function copyGuest({ spec, made }: Guest, id: string): Promise<Guest> {
  const runDir = await privateDir(join(spec.runDir, '..', id));
  const [from, to] = [machinePaths(spec.runDir).dir, machinePaths(runDir).dir];
  await runOrThrow('cp', ['--archive', '--sparse=always', from, to], { timeoutMs: 60_000 });
  await runOrThrow('rm', ['--force', socketPathOf({ runDir })]);
  const { uid, gid } = sandboxOwner({ ...spec, id });
  await runOrThrow('chown', ['--recursive', `${uid}:${gid}`, to]);
  const { filesPath, scratchPath, workPath, ownPath, outDir } = machinePaths(runDir);
  const files = { ...made.files, filesPath, scratchPath, workPath, ownPath, outDir };
  return { spec: { ...spec, id, runDir }, made: { ...made, files } };
}

async function privateDir(path: string): Promise<string> {
  await mkdir(path, { mode: 0o700 });
  return path;
}

/** A VMM started for a guest, with an open API; the caller sends the requests. */
export interface GuestVmm {
  readonly socketPath: string;
  readonly version: string;
  /** The machine's description for the VMM. */
  readonly machine: Machine;
  /** Settles when the machine admits its attendant. @throws BottleError if that does not happen */
  readonly bottle: Promise<StartedBottle>;
  /** Runs a script in the machine as root, as soon as it answers; returns its output. */
  readonly exec: (script: string) => Promise<string>;
}

/** The files of a saved machine, in the VMM's view of the host folder that it may write to; its socket is there too. */
export const SAVED = { statePath: `${VM.out}/state`, memoryPath: `${VM.out}/memory` };
const SOCKET = 'api.sock';
const socketPathOf = (spec: Pick<BottleSpec, 'runDir'>): string =>
  join(machinePaths(spec.runDir).outDir, SOCKET);

/** Starts the VMM of a guest. */
export async function startFirecracker({ spec, made }: Guest, programPath: string): Promise<GuestVmm> {
  const facts = readHostFacts(sandboxOwner(spec));
  const start = { bottleId: spec.id, accelerator: 'kvm', tscKhz: 0, purpose: 'boot' } as const;
  const plan = planStart(spec, {
    facts,
    assetPath,
    hasKvm: false,
    shown: FIRECRACKER_VMM.shown(programPath),
    vmmCommand: (machine) => FIRECRACKER_VMM.command(machine, start),
    files: made.files,
    workBytes: made.room.workBytes,
    keys: made.keys,
    group: undefined,
  });
  const { machine } = plan;
  const bottle = startBottle(plan, {
    bottleId: spec.id,
    machine: processorOf(facts),
    deadlineMs: BOOT_MS,
    signal,
    meanwhile: async () => undefined,
  });
  const ended = new Promise<string>((resolve) => {
    bottle.catch((error: unknown) => resolve(linesOf(error).join('\n')));
  });
  const socketPath = socketPathOf(spec);
  const version = await awaitApi({ socketPath, ended, timeoutMs: 20_000 });
  return {
    socketPath,
    version,
    machine,
    bottle,
    exec: async (script) => {
      await bottle;
      const stdout = new PassThrough();
      const said = text(stdout);
      const io = { tty: false, stdin: undefined, stdout, stderr: stdout, size: undefined };
      const request = { kind: 'root', argv: ['/bin/sh', '-c', script], env: {}, cwd: '/' } as const;
      const session = await runInside(spec, request, io);
      await session.exitCode;
      stdout.end();
      return await said;
    },
  };
}
