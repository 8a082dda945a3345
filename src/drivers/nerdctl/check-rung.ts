import { SLOW_MS } from '../attached/client.ts';
import { platform } from 'node:process';
import { BottleError, reasonOf } from '../../errors.ts';
import { findProgram } from '../../host/system/programs.ts';
import { isRoot } from '../../host/user.ts';
import { ensureImage, findImageNow } from '../attached/image/store.ts';
import type { RungCheck, CheckContext, Rung } from '../driver.ts';
import { isMissing, type Missing } from '../engine/missing.ts';
import { installCommand } from '../engine/packages.ts';
import { hostPaths } from './agent.ts';
import { callNerdctl, madeFor, nerdctl, PROGRAM, failureOf } from './cli.ts';
import { etcMounts } from './etc.ts';
import { writeMachineFiles } from './write-machine-files.ts';
import { IMAGES } from './images.ts';
import { startMachine } from './machine.ts';
import { containerName } from './names.ts';
import { createArguments, type MachineOrder } from './plan.ts';
import { confirmMachine } from './readback.ts';
import { removeResources } from './remove.ts';
import { KATA_BY_NERDCTL } from './rung.ts';
import { containerdIn, nerdctlFault, suitedKata, VERSION_CALL, versionIn, type Kata } from './versions.ts';

/**
 * Checks whether nerdctl can make Kata bottles here: starts a machine without a network, if all requirements are met.
 */

type Finding = Omit<RungCheck, 'rung'>;

const LOOK_MS = 10_000;
const MIB = 1024 ** 2;

/** Implements `check` of the driver. */
export async function checkNerdctl(rung: Rung, context: CheckContext): Promise<RungCheck> {
  return { rung, ...(await findingOf(context)) };
}

async function findingOf(context: CheckContext): Promise<Finding> {
  const { signal } = context;
  const before = obstacle();
  if (before !== undefined) return { ...before, evidence: {} };
  const said = (await callNerdctl(['--version'], { timeoutMs: LOOK_MS, signal })).stdout;
  const evidence = { nerdctl: versionIn(said) ?? 'unknown' };
  const kata = nerdctlFault(said) ?? (await suitedKata());
  if (isMissing(kata)) return { ...kata, evidence };
  const answer = await callNerdctl(VERSION_CALL, { timeoutMs: LOOK_MS, signal });
  const containerd = containerdIn(answer.stdout);
  const found =
    containerd === undefined
      ? installed(failureOf(answer, { what: 'say which containerd it speaks to', timeoutMs: LOOK_MS }))
      : await imageOrTry(kata, context);
  const versions = { runtime: kata.runtime, kata: kata.version ?? 'unknown' };
  return {
    ...found,
    evidence: { ...evidence, ...versions, ...(containerd === undefined ? {} : { containerd }) },
  };
}

/** Problems that are visible without a call. */
function obstacle(): Missing | undefined {
  if (platform !== 'linux')
    return { status: 'absent', reason: 'Kata runs on Linux only', fix: 'runtime: apple on macOS' };
  if (findProgram(PROGRAM) === undefined)
    return { status: 'absent', reason: 'nerdctl is not installed', fix: installCommand('nerdctl') };
  if (isRoot()) return undefined;
  return {
    status: 'installed',
    reason: 'nerdctl of an ordinary user has a containerd of that user’s own, in which Kata does not run',
    fix: 'as root: sudo bot-bottle',
  };
}

async function imageOrTry(kata: Kata, context: CheckContext): Promise<Omit<Finding, 'evidence'>> {
  try {
    // Only a user who asked for this rung should wait for an image.
    const image = { kind: 'default' } as const;
    if (!context.isAskedFor && !('digest' in (await findImageNow(IMAGES, image, context.signal))))
      return {
        status: 'installed',
        reason: 'the default image is not in its store yet, which the first use makes',
        fix: 'name it once: --runtime kata --engine nerdctl',
      };
    await tryMachine(kata, context);
    return { status: 'ready', reason: 'a machine without a network was started', fix: '' };
  } catch (error) {
    context.signal.throwIfAborted();
    if (!(error instanceof BottleError)) throw error;
    return installed(error);
  }
}

const installed = (error: BottleError): Omit<Finding, 'evidence'> => ({
  status: 'installed',
  reason: [reasonOf(error), ...error.details].join(': '),
  fix: error.fix,
});

/** Starts a machine that does nothing, and removes it. @throws BottleError */
async function tryMachine(kata: Kata, { id, dir, signal, record }: CheckContext): Promise<void> {
  const name = containerName(id, 'look');
  const resources = [
    { kind: 'processes', bottleId: id },
    { kind: 'container', engine: 'nerdctl', name },
  ] as const;
  for (const resource of resources) await record(resource);
  try {
    const image = await ensureImage(IMAGES, { kind: 'default' }, { signal, progress: () => undefined });
    await writeMachineFiles({ rung: KATA_BY_NERDCTL, runDir: dir });
    const order = {
      ...lookOrder(id, kata.runtime),
      image: image.reference,
      imageDigest: image.digest,
      mounts: etcMounts(hostPaths(dir).etcDir),
    };
    await nerdctl('make a machine', createArguments(order), {
      signal,
      timeoutMs: SLOW_MS,
      ...madeFor(id),
    });
    await confirmMachine(order, signal);
    await startMachine(order, kata, signal);
  } finally {
    await removeResources(resources);
  }
}

const lookOrder = (
  bottleId: string,
  runtime: string,
): Omit<MachineOrder, 'image' | 'imageDigest' | 'mounts'> => ({
  name: containerName(bottleId, 'look'),
  bottleId,
  runtime,
  argv: ['/usr/bin/perl', '-e', 'sleep 600'],
  cpus: 1,
  memoryBytes: 256 * MIB,
  pids: 64,
  capabilities: [],
  scratch: [],
});
