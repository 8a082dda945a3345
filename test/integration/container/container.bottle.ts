import { chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, type Readable } from 'node:stream';
import { containerDriver } from '../../../src/drivers/container/driver.ts';
import type { ContainerEngine } from '../../../src/contracts/rungs.ts';
import {
  GUEST,
  LOOPBACK_GATEWAY,
  type BottleSpec,
  type Driver,
  type Mount,
  type NetworkForm,
  type PreparedBottle,
  type Resource,
  type RuntimeName,
  type Session,
  type SessionIo,
  type TerminalSize,
} from '../../../src/drivers/driver.ts';
import type { GatewayAccess } from '../../../src/drivers/gateway-access.ts';
import {
  baseEnvironment,
  guestFilesMounts,
  trustAuthority,
  writeGuestFiles,
} from '../../../src/bottle/guest/guest-files.ts';
import { linesOf } from '../../../src/errors.ts';
import type { Rule } from '../../../src/gateway/config.ts';
import { launchGateway } from '../../../src/gateway/launch/launch.ts';
import { writeSidecarConfig } from '../../../src/gateway/launch/sidecar-config.ts';

/** Real bottles on real engines for tests: the real driver and the real gateway, each in a separate folder. */

export interface TestBottle {
  readonly driver: Driver;
  readonly spec: BottleSpec;
  readonly prepared: PreparedBottle;
  readonly workspace: string;
  readonly resources: readonly Resource[];
  /** Starts the agent. */
  launch(io?: Partial<TestIo>): Promise<TestSession>;
  /** Runs a program beside the agent, to its end. */
  exec(argv: readonly string[], io?: Partial<TestIo>): Promise<Outcome>;
  /** Ends the bottle and its gateway, and removes the folder. */
  remove(): Promise<void>;
}

interface TestIo {
  readonly stdin: Readable;
  readonly size: TerminalSize;
}

export interface Outcome {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface TestSession {
  readonly session: Session;
  /** Returns the output so far. */
  output(): string;
  /** Waits until the output matches. */
  until(pattern: RegExp): Promise<string>;
  ended(): Promise<Outcome>;
}

export interface TestOptions {
  readonly engine: ContainerEngine;
  readonly runtime: RuntimeName;
  readonly form?: NetworkForm;
  readonly spec?: Partial<BottleSpec>;
  /** Mounts besides the workspace and the bottle's own files. */
  readonly mounts?: readonly Mount[];
  readonly allow?: readonly Rule[];
  readonly signal?: AbortSignal;
}

const drivers = new Map<ContainerEngine, Driver>();

/** One driver per engine and process, as in the program itself. */
export function driverFor(engine: ContainerEngine): Driver {
  const driver = drivers.get(engine) ?? containerDriver(engine);
  drivers.set(engine, driver);
  return driver;
}

const notAborted = new AbortController().signal;
let count = 0;

/** Makes everything of a bottle except its agent. */
export async function openTestBottle(options: TestOptions): Promise<TestBottle> {
  count += 1;
  const place = { id: `test-${process.pid}-${count}`, folder: mkdtempSync(join(tmpdir(), 'bb-')) };
  const { folder } = place;
  const driver = driverFor(options.engine);
  const spec = await specFor(driver, place, options);
  const order = {
    runDir: spec.runDir,
    trust: '',
    secrets: () => undefined,
    config: {
      bottleId: spec.id,
      policy: { allow: options.allow ?? [], deny: [] },
      gatewayAddress: LOOPBACK_GATEWAY,
      auditPath: join(folder, 'audit', 'decisions.jsonl'),
      hostAddresses: [],
    },
  };
  const launched = spec.networkForm === 'bridge' ? undefined : await launchGateway(order);
  const gateway: GatewayAccess = {
    listening: launched?.listening ?? Promise.resolve(),
    ready: launched?.ready ?? Promise.resolve([]),
    configureSidecar: async (sockets) => await writeSidecarConfig(order, sockets),
    trustAuthority: async (certificate) => await trustAuthority(spec.runDir, certificate),
    trusted: Promise.resolve(),
  };
  const resources: Resource[] = [];
  const remove = async (): Promise<void> => {
    await driver.remove(resources);
    await launched?.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const prepared = await driver.prepare(spec, {
      record: async (resource) => void resources.push(resource),
      progress: () => undefined,
      files: Promise.resolve(),
      signal: options.signal ?? notAborted,
      gateway,
    });
    return testBottle({ driver, spec, prepared, workspace: join(folder, 'work'), resources, remove });
  } catch (error) {
    await remove();
    if (error instanceof Error) error.message = linesOf(error).join(': '); // the report shows all lines
    throw error;
  }
}

async function specFor(
  driver: Driver,
  { id, folder }: { readonly id: string; readonly folder: string },
  options: TestOptions,
): Promise<BottleSpec> {
  const rung = driver.rungs.find(({ runtime }) => runtime === options.runtime);
  if (rung === undefined) throw new Error(`no rung for ${options.runtime}`);
  const [runDir, workspace] = [join(folder, 'run'), join(folder, 'work')];
  const owner = driver.fileOwner(rung);
  for (const path of [runDir, workspace]) mkdirSync(path, { mode: 0o700 });
  chownSync(workspace, owner.uid, owner.gid);
  await writeGuestFiles(runDir, { prompt: undefined, bait: undefined, clientFiles: {} });
  return {
    id,
    rung,
    networkForm: options.form ?? 'holder',
    image: { kind: 'default' },
    resources: { cpus: 2, memoryBytes: 1024 ** 3, pids: 512, diskBytes: 256 * 1024 ** 2 },
    env: baseEnvironment({ term: 'xterm', gatewayAddress: LOOPBACK_GATEWAY }),
    argv: ['sleep', 'infinity'],
    cwd: GUEST.workspace,
    tty: false,
    mounts: [
      { hostPath: workspace, guestPath: GUEST.workspace, readOnly: false },
      ...guestFilesMounts(runDir, []),
      ...(options.mounts ?? []),
    ],
    runDir,
    ...options.spec,
  };
}

function testBottle(
  made: Pick<TestBottle, 'driver' | 'spec' | 'prepared' | 'workspace' | 'resources' | 'remove'>,
): TestBottle {
  const { driver, spec, prepared } = made;
  return {
    ...made,
    async launch(io = {}) {
      const streams = collect(spec.tty, io);
      return watch(await prepared.launch(streams.io), streams);
    },
    async exec(argv, io = {}) {
      const streams = collect(io.size !== undefined, io);
      const session = await driver.exec(spec, { argv, env: {}, cwd: spec.cwd }, streams.io);
      return await watch(session, streams).ended();
    },
  };
}

export function collect(tty: boolean, io: Partial<TestIo>) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const text = { stdout: '', stderr: '' };
  let onMore = (): void => undefined;
  for (const [name, stream] of Object.entries({ stdout, stderr })) {
    stream.on('data', (chunk: Buffer) => {
      text[name as keyof typeof text] += chunk.toString('latin1');
      onMore();
    });
  }
  const until = (pattern: RegExp): Promise<string> =>
    new Promise((resolve) => {
      onMore = () => {
        if (pattern.test(text.stdout)) resolve(text.stdout);
      };
      onMore();
    });
  const sessionIo: SessionIo = { tty, stdin: io.stdin, stdout, stderr, size: io.size };
  return { io: sessionIo, text, until };
}

export function watch(session: Session, { text, until }: ReturnType<typeof collect>): TestSession {
  return {
    session,
    output: () => text.stdout,
    until,
    ended: async () => ({ code: await session.exitCode, ...text }),
  };
}
