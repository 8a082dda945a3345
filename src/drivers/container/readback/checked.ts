import { setTimeout as sleep } from 'node:timers/promises';
import { BottleError } from '../../../errors.ts';
import { usersWith } from '../../../host/system/host-users.ts';
import { hasSwap } from '../../../host/system/kernel-file.ts';
import type { Owner } from '../../driver.ts';
import { createContainer, inspectContainer, type Created } from '../engine/containers.ts';
import type { Connection } from '../engine/engine.ts';
import { knownFix } from '../fixes.ts';
import type { ContainerPlan } from '../body/hardening.ts';
import { masksHere } from '../body/masked.ts';
import { ownNamespaces, processDifferences, readProcessFacts, type ProcessFacts } from './process-facts.ts';
import { readbackDifferences } from './readback.ts';
import { factsOfRuntime, type RuntimeFacts } from '../rungs.ts';

/** Creates containers, and confirms that they have the planned settings. */

export interface CreateOptions {
  /** The id of the container whose network the new one joins. */
  readonly joinedId?: string;
  readonly signal: AbortSignal;
}

/** Makes a container and reads back what the engine applied. @throws BottleError `rungUnavailable` on any difference */
export async function createChecked(
  connection: Connection,
  plan: ContainerPlan,
  { joinedId, signal }: CreateOptions,
): Promise<Created> {
  signal.throwIfAborted();
  const created = await createContainer(connection, plan);
  const differences = readbackDifferences(created.body, await inspectContainer(connection, created.id), {
    runtime: connection.runtimeKey,
    joinedId,
    usernsMode: connection.dialect.usernsMode,
    callsOwnIpcShareable: connection.dialect.callsOwnIpcShareable,
    listsCapabilities: connection.dialect.listsCapabilities,
    appArmor: connection.dialect.appArmor,
    hasSwap: hasSwap(),
  });
  if (differences.length > 0)
    throw refusal(`${connection.engine} did not apply the requested settings`, differences);
  return created;
}

export interface ProcessCheck {
  readonly container: string;
  readonly owner: Owner;
  /** The network namespace that the process must be in, if another container owns it. */
  readonly network: string | undefined;
}

/**
 * Returns what the kernel reports about a running container's first process.
 * @throws BottleError `rungUnavailable` when the container has ended, when the kernel reports other settings than
 * planned, or when this host cannot see the process: the engine runs in a virtual machine, or /proc hides the process
 * from this user
 */
export async function confirmProcess(connection: Connection, check: ProcessCheck): Promise<ProcessFacts> {
  for (let look = 1; ; look++) {
    const facts = await factsAbout(connection, check.container);
    const differences = await differencesOf(connection, facts, check);
    if (differences.length === 0) return facts;
    // An engine reports a container as running while its runtime still confines it. Applied confinement stays applied.
    if (look === LOOKS) throw refusal(`${check.container} is not confined as it should be`, differences);
    await sleep(BETWEEN_LOOKS_MS);
  }
}

async function differencesOf(
  connection: Connection,
  facts: ProcessFacts,
  { owner, network }: ProcessCheck,
): Promise<string[]> {
  const runtime = factsOfRuntime(connection.runtime);
  if (!runtime.sharesKernel) return foreignKernelDifferences(facts, runtime, network);
  const { mayShare } = connection.dialect;
  const [ours, taken] = await Promise.all([ownNamespaces(), usersWith(owner)]);
  return [...processDifferences(facts, { owner, ours, mayShare, network, masked: masksHere() }), ...taken];
}

/** A process during exec has no command line for a moment; neither has a process that has just ended. */
const LOOKS = 100;
const BETWEEN_LOOKS_MS = 10;

async function factsAbout(connection: Connection, container: string): Promise<ProcessFacts> {
  let pid: number | undefined;
  for (let look = 0; look < LOOKS; look++) {
    if (look > 0) await sleep(BETWEEN_LOOKS_MS);
    const { State: state } = await inspectContainer(connection, container);
    if (state?.Running !== true) throw refusal(`${container} has ended`, [`exit code ${state?.ExitCode}`]);
    pid = state.Pid;
    const facts = pid === undefined || pid === 0 ? undefined : await readProcessFacts(pid);
    if (facts !== undefined) return facts;
  }
  throw refusal(
    `the processes of ${connection.engine} cannot be seen from here, so nothing confirms its answer`,
    [`process ${pid ?? 'unknown'} of ${container}`],
  );
}

/** For another kernel, the host can see only the name and the network of the process. */
function foreignKernelDifferences(
  { commandLine, namespaces }: ProcessFacts,
  runtime: RuntimeFacts,
  network: string | undefined,
): string[] {
  return [
    ...(runtime.hostProcess === undefined || runtime.hostProcess.test(commandLine)
      ? []
      : [`the process on the host is no ${runtime.runtime}: ${commandLine.slice(0, 80)}`]),
    ...(network === undefined || namespaces.net === undefined || namespaces.net === network
      ? []
      : [`the network namespace is ${namespaces.net}, not the bottle's own ${network}`]),
  ];
}

function refusal(message: string, details: readonly string[]): BottleError {
  const fix = knownFix(details.join('\n')) ?? 'bot-bottle doctor';
  return new BottleError('rungUnavailable', message, { details, fix });
}
