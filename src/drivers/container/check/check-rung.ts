import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { deadline } from '../../../host/deadline.ts';
import { linesOf } from '../../../errors.ts';
import { GUEST, type RungCheck, type CheckContext, type Rung } from '../../driver.ts';
import { containerUser } from '../agent/agent-container.ts';
import { confirmBounds } from '../readback/bounds.ts';
import { createNetwork, removeNetwork } from '../bridge/network.ts';
import { confirmProcess, createChecked } from '../readback/checked.ts';
import { idOf, removeContainer } from '../../engine/remove-container.ts';
import { startContainer } from '../engine/containers.ts';
import { isMissing, type Missing, unlessMissing } from '../../engine/missing.ts';
import { addressOf, type Connection, type Engine } from '../engine/engine.ts';
import { fixFor, tailOfFailure } from '../fixes.ts';
import type { ContainerNetwork, ContainerPlan } from '../body/hardening.ts';
import { endLeftovers } from '../remove/leftovers.ts';
import { containerName, innerNetworkName } from '../names.ts';
import { openOutput } from '../engine/output.ts';
import { confirmMachine } from '../kata/confirm.ts';
import { factsOfRuntime } from '../rungs.ts';
import { ensureCheckImage, CHECK_IMAGE, programMounts } from './image.ts';

/**
 * Checks whether a rung of an engine really works: starts two tiny containers with the settings of a bottle, and
 * inspects them. Registration is not enough: some registered runtimes cannot start anything.
 */

const ANSWER = 'bot-bottle probe';
const ANSWER_TIMEOUT_MS = 20_000;

/**
 * The result for one rung, with traits corrected by what the check found. Throws nothing except the reason of `signal`.
 */
export async function checkRung(engine: Engine, rung: Rung, context: CheckContext): Promise<RungCheck> {
  const { signal } = context;
  const found = await engine.connect(factsOfRuntime(rung.runtime).runtime, { signal });
  if (isMissing(found)) return { rung, evidence: {}, ...found };
  const actual: Rung = {
    ...rung,
    ...addressOf(found),
    traits: { ...rung.traits, ownNetworkStack: found.ownNetworkStack },
  };
  const evidence = await engine.evidence(found, signal).catch(() => ({}));
  try {
    const proof = await tryOut(found, context);
    return {
      rung: actual,
      status: 'ready',
      reason: reasonFor(found),
      fix: '',
      evidence: { ...evidence, ...proof },
      lookKey: found.lookKey,
    };
  } catch (error) {
    signal.throwIfAborted();
    return { rung: actual, ...failure(found, error), evidence };
  }
}

const reasonFor = ({ engine, runtime }: Connection): string =>
  `${runtime} under ${engine} started and passed the check`;

function failure({ engine, runtimeKey }: Connection, error: unknown): Missing {
  const reason = tailOfFailure(linesOf(error).join(': ').replaceAll('\n', ' '));
  const mounts = programMounts().map(({ hostPath, guestPath }) => `-v ${hostPath}:${guestPath}:ro`);
  const what = [...mounts, CHECK_IMAGE, 'true'].join(' ');
  const again =
    engine === 'docker'
      ? `docker run --rm --runtime ${runtimeKey} ${what}`
      : `podman --runtime ${runtimeKey} run --rm ${what}`;
  return { status: 'installed', reason, fix: fixFor(reason, again) };
}

type Proof = Readonly<Record<string, string>>;

async function tryOut(connection: Connection, { id, record, signal }: CheckContext): Promise<Proof> {
  const helper = unlessMissing(await connection.helper(signal));
  const trial: Trial = {
    id,
    record,
    image: await ensureCheckImage(connection.client, signal),
    pids: Math.max(64, factsOfRuntime(connection.runtime).minPids),
    signal,
  };
  const ids: string[] = [];
  try {
    const place = connection.ownNetworkStack
      ? await ownNetwork(helper, trial)
      : await heldNetwork(helper, trial, ids);
    return await lookAt(connection, trial, { place, ids });
  } finally {
    await cleanUp(helper, trial, ids);
  }
}

interface Trial {
  readonly id: string;
  readonly record: CheckContext['record'];
  readonly image: string;
  readonly pids: number;
  readonly signal: AbortSignal;
}

interface Place {
  readonly network: ContainerNetwork;
  readonly joinedId?: string;
  /** The network namespace that the container must be in. */
  readonly namespace?: string | undefined;
}

/** As in the holder form: a container with only loopback. The tried container joins its network. */
async function heldNetwork(helper: Connection, trial: Trial, ids: string[]): Promise<Place> {
  const plan = planOfCheck(trial, 'holder', { kind: 'none' });
  await trial.record({ kind: 'container', engine: helper.engine, ...addressOf(helper), name: plan.name });
  const { id, name } = await createChecked(helper, plan, { signal: trial.signal });
  ids.push(id);
  await startContainer(helper.client, id);
  const facts = await confirmProcess(helper, { container: id, owner: plan.owner, network: undefined });
  return { network: { kind: 'joined', container: name }, joinedId: id, namespace: facts.namespaces.net };
}

/** As in the bridge form: a network without a way to the host. */
async function ownNetwork(helper: Connection, trial: Trial): Promise<Place> {
  const name = innerNetworkName(trial.id);
  await createNetwork(helper, { name, bottleId: trial.id, internal: true }, trial);
  return { network: { kind: 'networks', endpoints: [{ network: name, address: undefined }], dns: [] } };
}

/** Starts the tried container, reads its output, and inspects its process. */
async function lookAt(
  connection: Connection,
  trial: Trial,
  { place, ids }: { readonly place: Place; readonly ids: string[] },
): Promise<Proof> {
  const plan = {
    ...planOfCheck(trial, 'agent', place.network),
    boundsFiles: factsOfRuntime(connection.runtime).sharesKernel,
  };
  await trial.record({
    kind: 'container',
    engine: connection.engine,
    ...addressOf(connection),
    name: plan.name,
  });
  const { id } = await createChecked(connection, plan, { ...place, signal: trial.signal });
  ids.push(id);
  const output = await openOutput(connection.client, id);
  await startContainer(connection.client, id);
  const [line, complaint] = [firstLine(output.stdout), firstLine(output.stderr)];
  if ((await line) !== ANSWER)
    throw new Error(`it said ${JSON.stringify((await line) || (await complaint))}`);
  const facts = await confirmProcess(connection, {
    container: id,
    owner: plan.owner,
    network: place.namespace,
  });
  await confirmBounds(connection, plan, facts.pid);
  const { isMachine } = factsOfRuntime(connection.runtime);
  return {
    process: facts.commandLine.split(' ')[0] ?? '',
    ...(isMachine ? await confirmMachine(connection, id, plan.limits) : {}),
  };
}

async function firstLine(stream: Readable): Promise<string> {
  for await (const line of createInterface({
    input: stream,
    signal: deadline(ANSWER_TIMEOUT_MS),
  })) {
    return line;
  }
  return '';
}

/** The plan of an agent's container, with another program. */
function planOfCheck(trial: Trial, role: 'agent' | 'holder', network: ContainerNetwork): ContainerPlan {
  return {
    name: containerName(trial.id, role),
    bottleId: trial.id,
    image: trial.image,
    argv: ['/bin/sh', '-c', `echo ${ANSWER}; exec sleep 60`],
    env: { PATH: '/usr/bin:/bin' },
    cwd: '/',
    owner: containerUser(),
    tty: false,
    stdin: false,
    limits: { memoryBytes: 256 * 1024 * 1024, cpus: 1, pids: trial.pids },
    mounts: programMounts(),
    scratch: [
      { guestPath: '/tmp', sizeBytes: 1024 * 1024, executable: true, private: false },
      { guestPath: GUEST.home, sizeBytes: 1024 * 1024, executable: true, private: true },
    ],
    network,
    sysctls: {},
    capabilities: [],
  };
}

/** Removes containers by name, since the engine may have made one whose id never arrived. */
async function cleanUp(helper: Connection, { id }: Trial, heard: readonly string[]): Promise<void> {
  const { client } = helper;
  const ids = new Set(heard);
  for (const role of ['agent', 'holder'] as const) {
    const made = await idOf(client, `/containers/${containerName(id, role)}/json`);
    if (made === undefined) continue;
    ids.add(made);
    await removeContainer(client, made);
  }
  await removeNetwork(client, innerNetworkName(id));
  await endLeftovers(helper, [...ids]);
}
