import { closeSync, existsSync, openSync, realpathSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execPath } from 'node:process';
import type { Readable, Writable } from 'node:stream';
import { BottleError, DOCTOR_OR_REPORT } from '../../errors.ts';
import { faultsOf, limitFaultsOf } from '../../host/process/confinement.ts';
import { forbidCoreDumps, leavesNoCore } from '../../host/process/core-dumps.ts';
import { readTextIfThere } from '../../host/files.ts';
import { readNodeShare } from '../../host/system/node-installation.ts';
import { assetPath, packageRoot } from '../../host/paths.ts';
import { BOTTLE_ID_VARIABLE, endProcess, identify, type ProcessIdentity } from '../../host/processes.ts';
import { spawnProgram } from '../../host/run.ts';
import { readSystemEntries } from '../../host/system/system-folders.ts';
import { gatewayOwner, isRoot } from '../../host/user.ts';
import type { LaunchCheck } from '../../contracts/gateway.ts';
import type { GatewayConfig, GatewaySecrets } from '../config.ts';
import { partSecrets, announced, secretsLine } from './split-secrets.ts';
import { confinedCall, DESCRIPTOR, INSIDE } from './confine.ts';
import { writeControlToken } from './control.ts';
import { controlDirIn, INSIDE_CONTROL, insideAudit, makeOwnDir, writeTrust } from './folders.ts';
import { readReports, type GatewayProcess } from './reports.ts';

/** The launcher's side of the gateway: starts its confined process, reads its reports, and ends it. */

export interface GatewayOrder {
  /** The configuration, with paths of the host. */
  readonly config: Omit<GatewayConfig, 'sockets'>;
  /** The bottle's run-time folder; the relay's socket will be `handover/s` in it. */
  readonly runDir: string;
  /** PEM: the certificates that the gateway trusts. */
  readonly trust: string;
  /** Returns undefined if there are none. */
  readonly secrets: () => GatewaySecrets | undefined;
}

export interface LaunchedGateway {
  /** PEM: the authority that the bottle trusts; undefined if no rule opens TLS. */
  readonly authority: Promise<string | undefined>;
  /** Settles when the relay's socket exists, and the process is confined correctly. */
  readonly listening: Promise<void>;
  /** Settles when the gateway serves all five sockets, and the opener's launch checks have held. */
  readonly ready: Promise<readonly LaunchCheck[]>;
  /**
   * Settles when the gateway has ended, with its bottle or before; with the reason if that was a failure. Does not keep
   * the process alive.
   */
  readonly ended: Promise<string | undefined>;
  /** The gateway's own process, not that of bubblewrap, which ends with it. */
  readonly identity: ProcessIdentity;
  /** Ends the gateway; its log is complete when this settles. */
  stop(): Promise<void>;
}

const STOP_GRACE_MS = 2_000;

/**
 * Starts a gateway that receives its sockets by handover. It continues when the launcher ends, and ends with its
 * bottle. `listening` and `ready` reject with BottleError `rungUnavailable` and the reason.
 * @throws BottleError `dependencyMissing` when bubblewrap is missing or the gateway was not built
 */
export async function launchGateway({
  config,
  runDir,
  trust,
  secrets,
}: GatewayOrder): Promise<LaunchedGateway> {
  const handoverDir = join(runDir, 'handover');
  const auditDir = dirname(config.auditPath);
  const controlDir = controlDirIn(runDir);
  for (const dir of [handoverDir, auditDir, controlDir]) await makeOwnDir(dir);
  await forbidCoreDumps(); // the gateway inherits it
  const logPath = join(runDir, 'gateway.log');
  const trustPath = await writeTrust(runDir, trust);
  const controlTokenDigest = await writeControlToken(runDir);
  const maxDataBytes = dataLimitBytes(await readFile('/proc/self/maps', 'utf8'));
  const places = { handoverDir, auditDir, controlDir, trustPath, logPath };
  const child = start(config.bottleId, { ...places, maxDataBytes });
  const reports = readReports(child, child.stdout as Readable);
  const parted = partSecrets(config, secrets());
  hand(child.stdin as Writable, secretsLine(parted.secrets));
  (child.stdio[DESCRIPTOR.config] as Writable)
    .on('error', () => undefined)
    .end(
      JSON.stringify({ ...insideConfig(parted.config), controlTokenDigest, ...announced(parted.secrets) }),
    );
  const identity = (await identityOf(child)) ?? (await notStarted(logPath));
  void reports.ready.catch(() => undefined).then(() => letGo(child));
  return {
    authority: reports.authority,
    listening: reports.listening.then(async () => await expectConfined(identity.pid, maxDataBytes)),
    ready: reports.ready,
    ended: reports.ended.then(async (why) =>
      why === undefined ? undefined : [why, ...(await lastWords(logPath))].join(': '),
    ),
    identity,
    stop: async () => void (await endProcess(identity, STOP_GRACE_MS)),
  };
}

/** Ignores errors: the end of the program is reported elsewhere. */
function hand(pipe: Writable, text: string): void {
  pipe.on('error', () => undefined).end(text);
}

/** Returns the configuration with its paths inside. */
function insideConfig(config: GatewayOrder['config']): GatewayConfig {
  return {
    ...config,
    auditPath: insideAudit(config.auditPath),
    controlPath: INSIDE_CONTROL,
    trustPath: INSIDE.trust,
    sockets: { kind: 'handover', socketPath: `${INSIDE.handover}/s`, relayPath: `${INSIDE.relay}/relay.pl` },
  };
}

interface Starting {
  readonly handoverDir: string;
  readonly auditDir: string;
  readonly controlDir: string;
  readonly trustPath: string;
  /** File for the output of a failing program. */
  readonly logPath: string;
  readonly maxDataBytes: number;
}

function start(bottleId: string, { logPath, ...places }: Starting): GatewayProcess {
  const programPath = join(packageRoot(), 'dist', 'gateway.cjs');
  if (!existsSync(programPath)) {
    throw new BottleError('dependencyMissing', 'the gateway’s program is not built', {
      fix: 'npm run build',
    });
  }
  const args = confinedCall({
    bottleId,
    programPath,
    ...places,
    nodePath: realpathSync(execPath),
    nodeShare: readNodeShare(execPath),
    relayDir: assetPath('handover'),
    system: readSystemEntries(),
    dropTo: isRoot() ? gatewayOwner() : undefined,
  });
  const log = openSync(logPath, 'a', 0o600);
  try {
    return spawnProgram('bwrap', args, {
      stdio: ['pipe', 'pipe', log, 'pipe', 'pipe'],
      detached: true,
      env: { [BOTTLE_ID_VARIABLE]: bottleId },
    });
  } finally {
    closeSync(log);
  }
}

/** Reads the identity that bubblewrap reports once the process exists: `{"child-pid": N, ...}`. */
async function identityOf(child: GatewayProcess): Promise<ProcessIdentity | undefined> {
  let text = '';
  const info = child.stdio[DESCRIPTOR.info] as Readable;
  child.once('error', () => info.destroy());
  try {
    for await (const chunk of info) text += String(chunk);
  } catch {
    return undefined;
  }
  const pid = Number(/"child-pid": ([0-9]+)/.exec(text)?.[1]);
  return Number.isInteger(pid) ? identify(pid) : undefined;
}

/** Returns Node's own message for running out of memory: of all that Node prints then, this line says what happened. */
async function lastWords(logPath: string): Promise<readonly string[]> {
  const said = (await readTextIfThere(logPath)) ?? '';
  return /^FATAL ERROR: .*$/m.exec(said)?.slice(0, 1) ?? [];
}

async function notStarted(logPath: string): Promise<never> {
  const said = (await readTextIfThere(logPath)) ?? '';
  throw new BottleError('dependencyMissing', 'bubblewrap could not start the gateway', {
    details: said.trim().split('\n').slice(-5),
    fix: 'install bubblewrap, and see: bot-bottle doctor',
  });
}

async function expectConfined(pid: number, maxDataBytes: number): Promise<void> {
  const [status, limits] = await Promise.all(
    ['status', 'limits'].map((name) => readFile(`/proc/${pid}/${name}`, 'utf8')),
  );
  const faults = [
    ...faultsOf(status ?? '', gatewayOwner()),
    ...limitFaultsOf(limits ?? '', { 'Max data size': maxDataBytes }),
    ...(leavesNoCore(limits ?? '') ? [] : ['it would leave a core dump']),
  ];
  if (faults.length === 0) return;
  throw new BottleError('rungUnavailable', 'the gateway is not confined as required', {
    details: faults,
    fix: DOCTOR_OR_REPORT,
  });
}

/** From here on, the launcher may end while the gateway runs. */
function letGo(child: GatewayProcess): void {
  child.unref();
  for (const stream of child.stdio) (stream as Partial<{ unref(): void }> | null)?.unref?.();
}

/**
 * Limit of private writable memory: V8's heap, buffers, thread stacks. The gateway watches itself and ends at less;
 * this limit acts where that is too slow. It does not limit the address space, of which V8 reserves far more than it
 * uses.
 */
const MAX_USED_BYTES = 640 * 1024 * 1024;

/**
 * In a writable and executable mapping of at least this size, V8 will put machine code; hardly any of it is used. Some
 * pages are missing at its ends, a different number in each process: so the limit counts a multiple of this size.
 */
const RESERVE_STEP_BYTES = 64 * 1024 * 1024;

/**
 * Returns the gateway's RLIMIT_DATA, in bytes. `maps`: /proc/PID/maps of a process of the same Node. The kernel counts
 * all writable memory, used or not, and since Node 24 this includes half a GiB reserved for machine code (setrlimit(2),
 * mm/mmap.c: is_data_mapping).
 */
export function dataLimitBytes(maps: string): number {
  const reserves = [...maps.matchAll(/^([0-9a-f]+)-([0-9a-f]+) rwxp /gm)]
    .map(([, from = '0', to = '0']) => Number.parseInt(to, 16) - Number.parseInt(from, 16))
    .filter((bytes) => bytes >= RESERVE_STEP_BYTES);
  const steps = Math.ceil(reserves.reduce((sum, bytes) => sum + bytes, 0) / RESERVE_STEP_BYTES);
  return MAX_USED_BYTES + steps * RESERVE_STEP_BYTES;
}
