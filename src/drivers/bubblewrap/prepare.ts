import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { release } from 'node:os';
import { BottleError } from '../../errors.ts';
import { assetPath } from '../../host/paths.ts';
import type { BottleSpec, PreparedBottle, DriverContext, Session, SessionIo } from '../driver.ts';
import { boundFiles } from '../most-files.ts';
import { readHostFacts, type HostFacts } from './facts.ts';
import { openByJoining } from '../network/opener.ts';
import { encodeFrame, encodeRequest } from './frames.ts';
import { planStart, programEnv, runFiles, type StartPlan } from './plan.ts';
import { startSession } from './program.ts';
import { differences, read } from './readback.ts';
import { seccompFilter } from './seccomp.ts';
import { openSession } from './session.ts';
import { findSockets } from './sockets.ts';
import { killBottle, startBottle, type StartedBottle } from './start.ts';
import { writeInit } from './state.ts';
import type { Machine } from './syscalls.ts';

const START_DEADLINE_MS = 20_000;

/** A closed bottle: everything applied and read back, nothing connected. */
export interface ClosedBottle extends StartedBottle {
  readonly evidence: Readonly<Record<string, string>>;
  readonly facts: HostFacts;
}

/**
 * Makes a bottle and reads back what the kernel applied to it. No gateway is needed for it.
 * @throws BottleError `rungUnavailable` when it does not start, or anything is not as planned
 */
export async function closeBottle(spec: BottleSpec, signal: AbortSignal): Promise<ClosedBottle> {
  const facts = readHostFacts();
  const machine = machineOf(facts);
  const sockets = await findSockets(spec.mounts, signal);
  const plan = planStart(spec, { facts, assetPath, sockets });
  await rm(runFiles(spec.runDir).control, { force: true });
  const bottle = await startBottle(plan, {
    bottleId: spec.id,
    machine,
    deadlineMs: START_DEADLINE_MS,
    signal,
  });
  try {
    await boundFiles(bottle.init.pid, plan.mostFiles);
    confirm(bottle, plan, facts);
    await writeInit(spec.runDir, bottle.init);
  } catch (error) {
    await bottle.kill();
    throw error;
  }
  return { ...bottle, facts, evidence: evidenceOf(plan, { facts, machine, sockets }) };
}

function machineOf({ machine }: HostFacts): Machine {
  if (machine !== undefined) return machine;
  throw new BottleError('rungUnavailable', 'there is no system call filter for this kind of machine', {
    fix: 'use another runtime',
  });
}

function confirm({ init }: StartedBottle, plan: StartPlan, facts: HostFacts): void {
  const { owner, launchedByRoot } = facts;
  const found = differences(read(init.pid, Object.keys(plan.folderSizes)), { plan, owner, launchedByRoot });
  if (found.length === 0) return;
  throw new BottleError('rungUnavailable', 'the kernel did not apply what was asked for', { details: found });
}

function evidenceOf(
  { limits }: StartPlan,
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
  };
}

/** `prepare` of the driver: a closed bottle, connected with its gateway. */
export async function prepareBottle(spec: BottleSpec, context: DriverContext): Promise<PreparedBottle> {
  // Either may fail while the bottle is made: openByJoining hears of it then.
  for (const promise of [context.gateway.listening, context.gateway.ready]) promise.catch(() => undefined);
  await context.record({ kind: 'processes', bottleId: spec.id });
  await context.files;
  const bottle = await closeBottle(spec, context.signal);
  try {
    const checks = await openByJoining(spec, bottle.init, context);
    return { evidence: bottle.evidence, checks, launch: async (io) => await launchMain(spec, bottle, io) };
  } catch (error) {
    await bottle.kill();
    throw error;
  }
}

/** Starts the program that the bottle ends with. */
export async function launchMain(spec: BottleSpec, bottle: ClosedBottle, io: SessionIo): Promise<Session> {
  const request = encodeRequest({
    kind: 'main',
    terminal: terminalOf(io),
    cwd: spec.cwd,
    argv: spec.argv,
    env: programEnv(spec.env, bottle.facts),
  });
  const session = await openSession(startSession(spec, { attachable: true }), io, {
    opening: [encodeFrame('r', request)],
    canDetach: true,
    // Not even the bottle's first program is taken at its word: over is what the kernel says is over.
    afterExit: async () => await killBottle(bottle.init),
  });
  bottle.release();
  return session;
}

/** A terminal of the usual size where its own is not known. */
export function terminalOf({ tty, size }: SessionIo): SessionIo['size'] {
  return tty ? (size ?? { columns: 80, rows: 24 }) : undefined;
}
