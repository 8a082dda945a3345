import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning } from '../../../../src/host/processes.ts';
import { EarlyFailure, Failure, Failures, quoted } from '../failure.ts';
import { allContainers, findContainer, removeContainer, type Container } from '../store/containers.ts';
import { complain, say, type Call } from './context.ts';
import { signalNumber } from './signals.ts';

/** `stop`, `kill` and `delete`. */

const POLL_MS = 5;
const KILL_MS = 10_000;
const DEFAULT_SECONDS = 5;

/** Those that are named, or all; @throws Failure where neither is said, or both. */
function named(
  { flags, place }: Call,
  what: string,
): { readonly found: Container[]; readonly missing: string[] } {
  const ids = [...new Set(flags.rest)];
  const isAll = flags.has('--all');
  if (ids.length === 0 && !isAll)
    throw new EarlyFailure('invalidArgument', 'no containers specified and --all not supplied');
  if (ids.length > 0 && isAll)
    throw new EarlyFailure('invalidArgument', `explicitly supplied ${what} conflict with the --all flag`);
  if (isAll) return { found: allContainers(place), missing: [] };
  const found = ids.map((id) => findContainer(place, id) ?? id);
  return {
    found: found.filter((each) => typeof each !== 'string'),
    missing: found.filter((each) => typeof each === 'string'),
  };
}

/** Asks them to end, and ends them after a time. */
export async function stop(call: Call): Promise<number> {
  const { found, missing } = named(call, 'container IDs');
  const graceMs = Number(call.flags.value('--time') ?? DEFAULT_SECONDS) * 1000;
  const wanted = call.flags.value('--signal');
  await Promise.all(
    found.map(async (container) => {
      const signal = signalNumber(wanted ?? container.configuration.stopSignal ?? 'SIGTERM');
      await endContainer(container, signal, graceMs);
      say(container.id);
    }),
  );
  return complainOf(missing);
}

/** Sends them a signal; SIGKILL is waited for (ContainersService.swift of 1.2.2). */
export async function kill(call: Call): Promise<number> {
  const { found, missing } = named(call, 'container ID(s)');
  const signal = signalNumber(call.flags.value('--signal') ?? 'KILL');
  const failed: string[] = [];
  for (const container of found) {
    if (container.running === undefined) {
      if (!call.flags.has('--all')) failed.push(container.id);
      continue;
    }
    if (signal === signalNumber('KILL')) await endContainer(container, signal, KILL_MS);
    else send(container, signal);
    say(container.id);
  }
  for (const id of failed) complain(`Error from APIServer: container ${id} is not running`);
  return Math.max(complainOf(missing), failed.length > 0 ? 1 : 0);
}

function complainOf(missing: readonly string[]): number {
  for (const id of missing) complain(`Error: No such container: ${id}`);
  return missing.length > 0 ? 1 : 0;
}

/** Forgets them; those that run only where that is forced. */
export async function remove(call: Call): Promise<number> {
  const { flags, place } = call;
  const { found, missing } = named(call, 'container ID(s)');
  const failures = missing.map((id) => new Failure('notFound', `container with ID ${id} not found`));
  for (const container of found) {
    if (container.running !== undefined && !flags.has('--force')) {
      const why = `container ${container.id} is running and can not be deleted`;
      if (!flags.has('--all')) failures.push(new Failure('invalidState', why));
      continue;
    }
    await endContainer(container, signalNumber('KILL'), 0);
    removeContainer(place, container.id);
    say(container.id);
  }
  if (failures.length > 0)
    throw new Failures(
      failures.map((cause) => new Failure('internalError', 'failed to delete container', quoted(cause))),
    );
  return 0;
}

function send({ running }: Container, signal: number): void {
  try {
    if (running !== undefined) process.kill(running.initPid, signal);
  } catch {
    // It has just ended.
  }
}

/** Ends one, and waits until what stands for it is gone. */
export async function endContainer(container: Container, signal: number, graceMs: number): Promise<void> {
  const { running } = container;
  if (running === undefined) return;
  send(container, signal);
  if (await isGone(running.runtime, graceMs)) return;
  send(container, signalNumber('KILL'));
  if (await isGone(running.runtime, KILL_MS)) return;
  process.kill(running.runtime.pid, 'SIGKILL');
  rmSync(`${container.dir}/running.json`, { force: true });
}

async function isGone(
  runtime: NonNullable<Container['running']>['runtime'],
  withinMs: number,
): Promise<boolean> {
  for (const until = Date.now() + withinMs; ; await sleep(POLL_MS)) {
    if (!isRunning(runtime)) return true;
    if (Date.now() >= until) return false;
  }
}
