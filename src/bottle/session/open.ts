import type { BottleSpec, DriverContext, PreparedBottle, Resource } from '../../drivers/driver.ts';
import { trustPlaces } from '../trust/guest-trust.ts';
import { driverOf } from '../../drivers/index.ts';
import { hostVariable } from '../../host/env.ts';
import { makePrivateDir } from '../../host/files.ts';
import { keepReserve } from '../../host/reserve.ts';
import { together } from '../../host/together.ts';
import { packageVersion } from '../../host/paths.ts';
import { bringSkillsIn } from '../../workspace/skills.ts';
import { expectApart } from '../apart.ts';
import { diskStartOf } from '../disk/disk-watch.ts';
import { startGateway } from '../egress/gateway.ts';
import { skillsHostPath, writeGuestFiles } from '../guest/guest-files.ts';
import { Journal } from '../state/journal.ts';
import { ownIdentity } from '../../host/processes.ts';
import { writeReceipt, type Receipt } from '../state/receipt.ts';
import { withoutEnvValues } from '../state/record.ts';
import { type BottleRequest, assembleSpec } from '../request.ts';
import { openSsh } from '../ssh.ts';
import { bottlePaths, createRecord, newId } from '../state/store.ts';
import { bringWorkspaceIn, planWorkspace } from '../workspace.ts';

/** Shows the start of a bottle to the user. */
export interface OpenFrontend {
  /** The current step, for people who wait. */
  readonly progress: (line: string) => void;
  /** Something that the user should know before the agent starts. */
  readonly note: (line: string) => void;
}

/** A new bottle: its record on disk, and its spec, which alone contains the environment's values. */
export interface BottleInMaking {
  readonly journal: Journal;
  readonly spec: BottleSpec;
}

/**
 * Reserves an id and writes the first record, so that gc can find everything made from here on.
 * @throws BottleError `policy` if a private folder of the user would be visible in the bottle
 */
export async function beginBottle(request: BottleRequest): Promise<BottleInMaking> {
  expectApart(request);
  const id = newId(request.agent);
  const paths = bottlePaths(id);
  const workspace = planWorkspace(request.workspace, paths);
  const spec = assembleSpec(request, {
    id,
    runDir: paths.runDir,
    workspace,
    term: hostVariable('TERM'),
    trustPlaces: trustPlaces(request.check.rung.traits),
  });
  const journal = new Journal({
    version: 1,
    id,
    agent: request.agent,
    bottle: request.bottle,
    phase: 'preparing',
    startedAt: new Date().toISOString(),
    owner: ownIdentity(),
    detached: false,
    spec: withoutEnvValues(spec),
    workspace,
    manifests: {
      projectPath: request.workspace.projectPath,
      ...(request.manifestPath === undefined ? {} : { named: request.manifestPath }),
    },
    startFiles: request.startFiles,
    ...(request.secrets.refreshes.length === 0 ? {} : { refreshes: request.secrets.refreshes }),
    // Every process of a bottle carries its id: one entry, before the first process starts, covers all.
    resources: [{ kind: 'processes', bottleId: id }],
  });
  await keepReserve();
  await createRecord(journal.record);
  return { journal, spec };
}

export interface OpenedBottle extends PreparedBottle {
  /** Why its gateway has ended; undefined while it runs, or if the reason is unknown. */
  readonly gatewayFailure: () => string | undefined;
}

/**
 * Makes everything of the bottle except its agent: workspace, gateway, namespace, checks, receipt. The bottle is then
 * in the phase `running`.
 * @throws Error if a step fails; the caller removes the bottle
 */
export async function openBottle(
  request: BottleRequest,
  { journal, spec }: BottleInMaking,
  { frontend, signal }: { readonly frontend: OpenFrontend; readonly signal: AbortSignal },
): Promise<OpenedBottle> {
  const { rung } = spec;
  const paths = bottlePaths(spec.id);
  await Promise.all([paths.handoverDir, paths.auditDir].map(makePrivateDir));
  // First, because it may ask for a passphrase.
  const sshEvidence = await openSsh(request.ssh, spec, { frontend, signal });
  // Gateway and files start in parallel with everything else; the driver waits for them where it needs them.
  const guestFiles = writeGuestFiles(paths.runDir, {
    prompt: request.prompt,
    bait: request.secrets.bait,
    clientFiles: request.clientFiles,
  });
  const gateway = startGateway(request, spec, guestFiles);
  const image = driverOf(rung).prepareImage(rung, request.image, { progress: frontend.progress, signal });
  const files = bringFilesIn(request, journal, { frontend, guestFiles });
  const context = { progress: frontend.progress, signal, files, gateway };
  const preparing = prepare({ journal, spec }, context);
  // While the driver prepares the rest: no process of the agent runs yet.
  const measuring = files.then(async () => await diskStartOf(spec));
  const [imageDigest, prepared, skills, , diskStart] = await together([
    image,
    preparing,
    files,
    gateway.trusted,
    measuring,
  ]);
  const gatewayDigest = await gateway.digest;
  const findings = { prepared, imageDigest, gatewayDigest, skills, sshEvidence };
  await Promise.all([
    writeReceipt(paths.receiptPath, receiptOf(request, journal, findings)),
    journal.enter('running', diskStart === undefined ? {} : { diskStart }),
  ]);
  let failure: string | undefined;
  void gateway.failed.then((why) => (failure = why));
  return { ...prepared, gatewayFailure: () => failure };
}

async function prepare(
  { journal, spec }: BottleInMaking,
  context: Omit<DriverContext, 'record'>,
): Promise<PreparedBottle> {
  context.signal.throwIfAborted();
  const record = async (resource: Resource): Promise<void> => await journal.add(resource);
  // In parallel: the driver's first entries share the write.
  const [, prepared] = await together([
    journal.enter('opening'),
    driverOf(spec.rung).prepare(spec, { ...context, record }),
  ]);
  return prepared;
}

/** Fills all mounts of the bottle. Returns the skills for the receipt. */
async function bringFilesIn(
  request: BottleRequest,
  { record }: Journal,
  { frontend, guestFiles }: { readonly frontend: OpenFrontend; readonly guestFiles: Promise<void> },
): Promise<Receipt['skills']> {
  const { runDir } = bottlePaths(record.id);
  const owner = driverOf(record.spec.rung).fileOwner(record.spec.rung);
  frontend.progress('copying the workspace');
  const [skills] = await together([
    bringSkillsIn(request.skills, skillsHostPath(runDir)),
    guestFiles,
    bringWorkspaceIn(
      record.workspace,
      { owner, secretRules: request.secretRules, copyAnyway: request.workspace.copyAnyway },
      frontend,
    ),
  ]);
  frontend.progress('closing the bottle and checking it from inside');
  return skills;
}

interface Findings {
  readonly prepared: PreparedBottle;
  readonly imageDigest: string;
  readonly gatewayDigest: string;
  readonly skills: Receipt['skills'];
  readonly sshEvidence: Readonly<Record<string, string>>;
}

function receiptOf(request: BottleRequest, { record }: Journal, findings: Findings): Receipt {
  const { rung, networkForm } = record.spec;
  return {
    version: 1,
    id: record.id,
    agent: record.agent,
    bottle: record.bottle,
    botBottleVersion: packageVersion(),
    manifestDigest: request.manifestDigest,
    rung: { runtime: rung.runtime, engine: rung.engine, boundary: rung.boundary, networkForm },
    evidence: { ...request.check.evidence, ...findings.prepared.evidence, ...findings.sshEvidence },
    imageDigest: findings.imageDigest,
    gatewayDigest: findings.gatewayDigest,
    agentProgram: request.agentProgram,
    skills: findings.skills,
    policy: request.policy,
    startOnly: request.startOnly,
    ...(request.learns ? { learns: true } : {}),
    launchChecks: findings.prepared.checks,
    times: { startedAt: record.startedAt, runningAt: new Date().toISOString() },
  };
}
