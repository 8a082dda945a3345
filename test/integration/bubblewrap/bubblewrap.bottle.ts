import { spawn, type ChildProcess } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PassThrough, type Readable } from 'node:stream';
import { bubblewrapDriver as driver } from '../../../src/drivers/bubblewrap/driver.ts';
import { BUBBLEWRAP } from '../../../src/drivers/bubblewrap/rung.ts';
import {
  GUEST,
  LOOPBACK_GATEWAY,
  type BottleSpec,
  type LaunchCheck,
  type PreparedBottle,
  type Session,
  type TerminalSize,
} from '../../../src/drivers/driver.ts';
import type { GatewayAccess } from '../../../src/drivers/gateway-access.ts';
import type { GatewayConfig, GatewayEvent, Rule } from '../../../src/gateway/config.ts';
import { assetPath, packageRoot } from '../../../src/host/paths.ts';

/** Real bottles for tests: the real driver and the real gateway, each in a separate folder. */

export interface TestBottle {
  readonly spec: BottleSpec;
  readonly prepared: PreparedBottle;
  readonly workspace: string;
  readonly gatewayPid: number;
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

let count = 0;

export interface TestOptions {
  readonly spec?: Partial<BottleSpec>;
  readonly allow?: readonly Rule[];
  /** The parent of the bottle's folder; default: the system's folder for temporary files. */
  readonly below?: string;
}

export async function openTestBottle(options: TestOptions = {}): Promise<TestBottle> {
  count += 1;
  const folder = mkdtempSync(join(options.below ?? tmpdir(), 'bb-'));
  const [runDir, workspace] = [join(folder, 'run'), join(folder, 'work')];
  const owner = driver.fileOwner(BUBBLEWRAP);
  for (const path of [runDir, workspace]) mkdirSync(path, { mode: 0o700 });
  chownSync(workspace, owner.uid, owner.gid);
  const spec: BottleSpec = {
    id: `test-${process.pid}-${count}`,
    rung: BUBBLEWRAP,
    networkForm: 'joined',
    image: { kind: 'default' },
    resources: { cpus: 2, memoryBytes: 4 * 1024 ** 3, pids: 256, diskBytes: 64 * 1024 ** 2 },
    env: { HOME: GUEST.home, PATH: '/usr/local/bin:/usr/bin:/bin', TERM: 'xterm' },
    argv: ['sleep', 'infinity'],
    cwd: GUEST.workspace,
    tty: false,
    mounts: [{ hostPath: workspace, guestPath: GUEST.workspace, readOnly: false }],
    runDir,
    ...options.spec,
  };
  const gateway = startGateway(folder, spec, options.allow ?? []);
  const remove = async (): Promise<void> => {
    await driver.remove([{ kind: 'processes', bottleId: spec.id }]);
    gateway.child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const prepared = await driver.prepare(spec, {
      record: async () => undefined,
      progress: () => undefined,
      files: Promise.resolve(),
      signal: new AbortController().signal,
      gateway,
    });
    return testBottle({ spec, prepared, workspace, gatewayPid: gateway.child.pid ?? 0, remove });
  } catch (error) {
    await remove();
    throw error;
  }
}

function testBottle(
  made: Pick<TestBottle, 'spec' | 'prepared' | 'workspace' | 'gatewayPid' | 'remove'>,
): TestBottle {
  const { spec, prepared } = made;
  return {
    ...made,
    async launch(io = {}) {
      const streams = collect(io);
      return watch(await prepared.launch({ tty: spec.tty, ...streams.io }), streams);
    },
    async exec(argv, io = {}) {
      const streams = collect(io);
      const request = { argv, env: {}, cwd: spec.cwd };
      const session = await driver.exec(spec, request, { tty: io.size !== undefined, ...streams.io });
      return await watch(session, streams).ended();
    },
  };
}

export function collect(io: Partial<TestIo>) {
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
  return { io: { stdin: io.stdin, stdout, stderr, size: io.size }, text, until };
}

export function watch(session: Session, { text, until }: ReturnType<typeof collect>): TestSession {
  return {
    session,
    output: () => text.stdout,
    until,
    ended: async () => ({ code: await session.exitCode, ...text }),
  };
}

interface TestGateway extends GatewayAccess {
  readonly child: ChildProcess;
}

function startGateway(folder: string, spec: BottleSpec, allow: readonly Rule[]): TestGateway {
  const handover = join(spec.runDir, 'handover');
  mkdirSync(handover, { mode: 0o700 });
  const config: GatewayConfig = {
    bottleId: spec.id,
    policy: { allow, deny: [] },
    gatewayAddress: LOOPBACK_GATEWAY,
    sockets: {
      kind: 'handover',
      socketPath: join(handover, 's'),
      relayPath: assetPath('handover/relay.pl'),
    },
    auditPath: join(folder, 'audit.jsonl'),
    hostAddresses: [],
  };
  const configPath = join(folder, 'gateway.json');
  writeFileSync(configPath, JSON.stringify(config));
  const main = join(packageRoot(), 'src/gateway/main.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', main, configPath], {
    cwd: packageRoot(),
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, BOT_BOTTLE_ID: spec.id },
  });
  const noSidecar = {
    configureSidecar: async () => ({ configPath, input: () => '', mounts: [], published: [] }),
    trustAuthority: async () => undefined,
    trusted: Promise.resolve(),
  };
  return { child, ...eventsOf(child), ...noSidecar };
}

function eventsOf(child: ChildProcess): Pick<GatewayAccess, 'listening' | 'ready'> {
  const events = createInterface({ input: child.stdout as Readable });
  const on = (name: GatewayEvent['event']): Promise<GatewayEvent> =>
    new Promise((resolve) =>
      events.on('line', (line) => {
        const event = JSON.parse(line) as GatewayEvent;
        if (event.event === name) resolve(event);
      }),
    );
  const [listening, ready, failed] = [on('listening'), on('ready'), on('failed')];
  const settled = Promise.race([ready, failed]).then((event): readonly LaunchCheck[] => {
    if (event.event === 'ready') return event.checks;
    throw new Error(event.event === 'failed' ? event.reason : event.event);
  });
  settled.catch(() => undefined); // callers that await it get the error
  return { listening: listening.then(() => undefined), ready: settled };
}
