import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { BottleError } from '../../errors.ts';
import { assetPath } from '../../host/paths.ts';
import { endProcess, findProcessesOf, isRunning, type ProcessIdentity } from '../../host/processes.ts';
import { agentOwner } from '../../host/user.ts';
import type { BottleSpec, Driver, ExecRequest, ImageSpec, Resource, Session, SessionIo } from '../driver.ts';
import { readHostFacts } from './facts.ts';
import { encodeFrame, encodeRequest, sizeBytes } from './frames.ts';
import { hostImageName } from './image.ts';
import { prepareBottle, terminalOf } from './prepare.ts';
import { probeBubblewrap } from './probe.ts';
import { connectSession, signalAll, startSession } from './program.ts';
import { BUBBLEWRAP } from './rung.ts';
import { openSession } from './session.ts';
import { killBottle } from './start.ts';
import { planSteps } from './steps.ts';
import { agentCode, agentRuns, runningInit } from './state.ts';

/** Bottles made by bubblewrap: no daemon, no image, no root. */
export const bubblewrapDriver: Driver = {
  rungs: [BUBBLEWRAP],
  fileOwner: () => agentOwner(),
  hostNames: () => undefined,
  probe: async (_rung, look) => await probeBubblewrap(look),
  greet: () => undefined,
  plan: (spec) => planSteps(spec, { facts: readHostFacts(), assetPath, sockets: [] }),
  prepareImage: async (_rung, image) => onlyDefault(image),
  findImage: async (_rung, image) => ({ digest: onlyDefault(image) }),
  prepare: prepareBottle,
  exec,
  attach,
  isRunning: async (spec) => (await agentRuns(spec.runDir)) !== undefined,
  exitCodeOf: async (spec) => await agentCode(spec.runDir),
  stop,
  remove,
};

function onlyDefault(image: ImageSpec): string {
  if (image.kind === 'default') return hostImageName();
  throw new BottleError(
    'rungUnavailable',
    "bubblewrap makes bottles from the host's own /usr, not from an image",
    {
      fix: 'leave out `image:`, or use another runtime',
    },
  );
}

async function runningAgent(spec: BottleSpec): Promise<ProcessIdentity> {
  const init = await agentRuns(spec.runDir);
  if (init === undefined) throw new BottleError('usage', `the agent of bottle ${spec.id} does not run`);
  return init;
}

async function exec(spec: BottleSpec, request: ExecRequest, io: SessionIo): Promise<Session> {
  if (request.asRoot === true) throw new BottleError('usage', 'there is no root in a bottle of bubblewrap');
  await runningAgent(spec);
  const opening = encodeRequest({ kind: 'exec', terminal: terminalOf(io), ...request });
  return await openSession(startSession(spec, { attachable: false }), io, {
    opening: [encodeFrame('r', opening)],
    canDetach: false,
    afterExit: async () => undefined,
  });
}

async function attach(spec: BottleSpec, io: SessionIo): Promise<Session> {
  const init = await runningAgent(spec);
  return await openSession(await connectSession(spec), io, {
    opening: io.size === undefined ? [] : [encodeFrame('w', sizeBytes(io.size))],
    canDetach: true,
    afterExit: async () => await killBottle(init),
  });
}

async function stop(spec: BottleSpec, graceMs: number): Promise<void> {
  const init = await runningInit(spec.runDir);
  if (init === undefined) return;
  await signalAll(spec.runDir, constants.signals.SIGTERM);
  const end = Date.now() + graceMs;
  while (isRunning(init) && Date.now() < end) await sleep(20);
  await killBottle(init);
}

async function remove(resources: readonly Resource[]): Promise<void> {
  for (const resource of resources) {
    if (resource.kind === 'processes') await removeProcesses(resource.bottleId);
  }
}

/** For the gateway among them, which writes what it has only counted so far. */
const LAST_WORDS_MS = 250;

/** Ends those that are found, and looks again: one of them may just have started another. */
async function removeProcesses(bottleId: string): Promise<void> {
  for (let round = 0; round < 5; round += 1) {
    const found = findProcessesOf(bottleId);
    if (found.length === 0) return;
    await Promise.all(found.map(async (process) => await endProcess(process, LAST_WORDS_MS)));
  }
  throw new BottleError('rungUnavailable', `processes of bottle ${bottleId} do not end`, {
    details: findProcessesOf(bottleId).map(({ pid }) => `process ${pid}`),
  });
}
