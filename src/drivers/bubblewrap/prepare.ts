import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { release } from 'node:os';
import { join, relative } from 'node:path';
import { assetPath } from '../../host/paths.ts';
import type { BottleSpec, PreparedBottle, DriverContext, Session, SessionIo, Mount } from '../driver.ts';
import { readHostFacts, type HostFacts, processorOf } from '../sandbox/facts.ts';
import { openByJoining } from '../network/opener.ts';
import { planStart, programEnv, type StartPlan } from './plan.ts';
import { launchMain } from '../sandbox/life.ts';
import { confirmSandbox } from '../sandbox/readback.ts';
import { seccompFilter } from '../sandbox/seccomp.ts';
import { startBottle, type StartedBottle } from '../sandbox/start.ts';
import { writeInit, runFiles } from '../sandbox/state.ts';
import type { Machine } from '../sandbox/syscalls.ts';
import { readShownFolders } from './shown.ts';
import { BottleError } from '../../errors.ts';
import { run } from '../../host/run.ts';

const START_DEADLINE_MS = 20_000;

/** A closed bottle: everything is applied and read back, nothing is connected. */
export interface ClosedBottle extends StartedBottle {
  readonly evidence: Readonly<Record<string, string>>;
  readonly facts: HostFacts;
}

/**
 * Makes a bottle and reads back what the kernel applied to it. Needs no gateway.
 * @throws BottleError `rungUnavailable` when it does not start, or a setting differs from the plan
 */
export async function closeBottle(spec: BottleSpec, signal: AbortSignal): Promise<ClosedBottle> {
  const facts = readHostFacts();
  const machine = processorOf(facts);
  const { overlaid, searched } = readShownFolders(spec, facts);
  const sockets = await findSockets(searched, signal);
  const plan = planStart(spec, { facts, assetPath, sockets, overlaid });
  await rm(runFiles(spec.runDir).control, { force: true });
  const bottle = await startBottle(plan, {
    bottleId: spec.id,
    machine,
    deadlineMs: START_DEADLINE_MS,
    signal,
  });
  try {
    await confirmSandbox(bottle, { plan, ...facts });
    await writeInit(spec.runDir, bottle.init);
  } catch (error) {
    await bottle.kill();
    throw error;
  }
  return { ...bottle, facts, evidence: evidenceOf(plan, { facts, machine, sockets }) };
}

function evidenceOf(
  { limits, overlaid }: StartPlan,
  { facts, machine, sockets }: { facts: HostFacts; machine: Machine; sockets: readonly string[] },
): Record<string, string> {
  return {
    kernel: release(),
    user: `${facts.owner.uid}:${facts.owner.gid} on the host`,
    filter: `sha256:${createHash('sha256').update(seccompFilter(machine)).digest('hex')}`,
    ...limits.evidence,
    sockets:
      sockets.length === 0
        ? 'none in the mounted folders'
        : `covered in the mounted folders: ${sockets.join(', ')}`,
    system: `folders of the host through read-only overlays: ${overlaid.join(' ')}`,
  };
}

/** `prepare` of the driver: makes a closed bottle and connects it to its gateway. */
export async function prepareBottle(spec: BottleSpec, context: DriverContext): Promise<PreparedBottle> {
  // Either may reject while the bottle is made; openByJoining handles the error later.
  for (const promise of [context.gateway.listening, context.gateway.ready]) promise.catch(() => undefined);
  await context.record({ kind: 'processes', bottleId: spec.id });
  await context.files;
  const bottle = await closeBottle(spec, context.signal);
  try {
    const checks = await openByJoining(spec, bottle.init, context);
    return { evidence: bottle.evidence, checks, launch: async (io) => await launchAgent(spec, bottle, io) };
  } catch (error) {
    await bottle.kill();
    throw error;
  }
}

/** Starts the main program; the bottle ends with it. */
export async function launchAgent(spec: BottleSpec, bottle: ClosedBottle, io: SessionIo): Promise<Session> {
  return await launchMain({ ...spec, env: programEnv(spec.env, bottle.facts) }, bottle, io);
}

/**
 * A Unix socket or FIFO in a mounted folder connects to the process with its other end on the host. Neither a network
 * namespace nor a read-only mount prevents that, and a system call filter sees no path. So bot-bottle covers each
 * before the agent runs, in folders that cannot be mounted through an overlay.
 */

const FIND_DEADLINE_MS = 60_000;

/**
 * Guest paths of all sockets and FIFOs in these folders.
 * @throws BottleError `rungUnavailable` when a folder cannot be searched
 */
async function findSockets(mounts: readonly Mount[], signal: AbortSignal): Promise<readonly string[]> {
  const found = await Promise.all(mounts.map((mount) => findIn(mount, signal)));
  return found.flat();
}

async function findIn({ hostPath, guestPath }: Mount, signal: AbortSignal): Promise<readonly string[]> {
  // -H: the path of the mount itself may be a symbolic link.
  const result = await run('find', ['-H', hostPath, '-type', 's', '-print0', '-o', '-type', 'p', '-print0'], {
    timeoutMs: FIND_DEADLINE_MS,
    signal,
  });
  // `find` also fails for a folder that this user may not read. The bottle cannot read it either: it runs as the same
  // user, or with fewer rights.
  if (result.notFound || result.timedOut || result.exitCode === undefined) {
    throw new BottleError('rungUnavailable', `${hostPath} could not be searched for sockets`, {
      details: [result.stderr.trim()],
      fix: result.notFound ? 'install findutils' : 'mount a smaller folder',
    });
  }
  return result.stdout
    .split('\0')
    .filter((path) => path !== '')
    .map((path) => join(guestPath, relative(hostPath, path)));
}
