import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BottleError } from '../../errors.ts';
import type { Policy } from '../../gateway/config.ts';
import { unmetRequirements, type Means } from '../../gateway/control/unmet-requirements.ts';
import { sendPolicy } from '../../gateway/launch/control.ts';
import { isNarrower } from '../../gateway/policy/narrower.ts';
import { constraintsOf } from '../../gateway/tls/authority/names.ts';
import { tryLock } from '../../host/disk/lock.ts';
import { homeDir } from '../../host/paths.ts';
import { presetsOf, selectAgent, type Draft } from '../../manifest/draft.ts';
import { readManifests } from '../../manifest/find.ts';
import type { Manifest } from '../../manifest/load.ts';
import { readPresets } from '../../manifest/presets.ts';
import { refuseVariablesInProject } from '../guest/start-files.ts';
import { resolveRulesOf } from '../../manifest/resolve.ts';
import { expectOwnGateway } from '../egress/foreign-gateway.ts';
import { requireTrust } from '../manifest.ts';
import { policyOf } from '../egress/policy.ts';
import { readReceipt, writeReceipt, type PolicyChange, type Receipt } from '../state/receipt.ts';
import type { BottleRecord } from '../state/record.ts';
import { bottlePaths, findRecord } from '../state/store.ts';
import { changedSinceStart, startOnlyOf, type StartOnly } from './start-only.ts';
import { describeDifference, isSamePolicy } from './describe-difference.ts';

export interface PolicySetWishes {
  /** From --manifest; undefined: the manifest that the bottle was started with. */
  readonly named: string | undefined;
  /** Trusts a manifest named with --manifest for this run. */
  readonly yes: boolean;
  readonly dryRun: boolean;
  /** Folder in which to search for the manifest if the record does not name the bottle's project. */
  readonly currentPath: string;
  /** Receives the changes before they take effect. */
  readonly tell: (line: string) => void;
}

export interface PolicySetReport {
  readonly id: string;
  /** `narrower` needs no consent. */
  readonly change: 'none' | 'narrower' | 'wider';
  readonly difference: readonly string[];
  /** Number of closed connections; null if nothing was sent. */
  readonly closed: number | null;
}

/**
 * Sends the manifest's current policy to a running bottle's gateway, which closes connections that it now denies.
 * @throws BottleError `usage`, `manifest`; `policy` if the policy is wider and not trusted, or needs something that a
 *   running bottle cannot get: then nothing has changed; `dependencyMissing` if the gateway does not answer
 */
export async function setPolicy(idOrAgent: string, wishes: PolicySetWishes): Promise<PolicySetReport> {
  const record = await findRecord(idOrAgent);
  if (record.phase !== 'running')
    throw new BottleError('usage', `bottle ${record.id} is ${record.phase}: it has no running gateway`, {
      fix: 'the next start reads the manifest',
    });
  expectOwnGateway(record, 'way to be given other rules while it runs');
  const { receiptPath } = bottlePaths(record.id);
  const receipt = await readReceipt(receiptPath);
  const before = policyIn(receipt);
  const { manifest, draft } = await readDraft(record, wishes);
  const { next, startOnly } = await saidIn(draft);
  const change = changeOf(before, next);
  const difference = describeDifference(before, next);
  for (const line of difference) wishes.tell(line);
  if (change === 'wider' && !(wishes.yes && wishes.named !== undefined)) await requireTrust(manifest, draft);
  const changed = changedSinceStart(receipt.startOnly, startOnly);
  refuseLacking(record, [...unmetRequirements(next, meansOf(receipt)), ...changed]);
  const report = { id: record.id, change, difference };
  if (wishes.dryRun) return { ...report, closed: null };
  return await alone(record, async () => {
    const now = await readReceipt(receiptPath);
    const changeNow = changeOf(policyIn(now), next);
    if (changeNow === 'wider' && change !== 'wider') throw overtaken(record);
    if (changeNow === 'none') return { ...report, closed: await give(record, next) };
    const noted = { at: new Date().toISOString(), manifestDigest: digestsOf(draft), policy: next };
    return { ...report, closed: await giveNoted(record, now, { noted, isWider: changeNow === 'wider' }) };
  });
}

/** Sends the policy and returns the number of closed connections. @throws as `setPolicy` */
async function give(record: BottleRecord, policy: Policy): Promise<number> {
  const outcome = await sendPolicy(bottlePaths(record.id).runDir, policy);
  if ('lacking' in outcome) throw lacks(record, outcome.lacking);
  return outcome.closed;
}

interface Giving {
  readonly noted: Omit<PolicyChange, 'closed'>;
  readonly isWider: boolean;
}

/**
 * Keeps the receipt at least as wide as the gateway's policy, even on a full disk, unless this process is killed in
 * between: writes a wider policy to the receipt before the gateway gets it, and a narrower one after.
 */
async function giveNoted(record: BottleRecord, before: Receipt, { noted, isWider }: Giving): Promise<number> {
  const { receiptPath } = bottlePaths(record.id);
  const note = async (closed: number | null): Promise<void> => {
    const policyChanges = [...(before.policyChanges ?? []), { ...noted, closed }];
    await writeReceipt(receiptPath, { ...before, policyChanges });
  };
  if (!isWider) {
    const closed = await give(record, noted.policy);
    await note(closed);
    return closed;
  }
  await note(null);
  try {
    const closed = await give(record, noted.policy);
    await note(closed).catch(() => undefined); // the policy is in force and recorded, without this number
    return closed;
  } catch (error) {
    await writeReceipt(receiptPath, before).catch(() => undefined); // the first failure says more
    throw error;
  }
}

/** The gateway's current policy. */
const policyIn = ({ policy, policyChanges }: Receipt): Policy => policyChanges?.at(-1)?.policy ?? policy;

/** Only sending and recording is serialised, because a question about trust may stay open for long. */
async function alone<T>({ id }: BottleRecord, act: () => Promise<T>): Promise<T> {
  const path = join(bottlePaths(id).dir, 'policy.lock');
  for (let tries = 1; ; tries += 1) {
    const release = await tryLock(path);
    if (release !== undefined) {
      try {
        return await act();
      } finally {
        await release();
      }
    }
    if (tries === MOST_TRIES)
      throw new BottleError('usage', `another policy set of ${id} does not end, so nothing was changed`, {
        fix: 'end it, and type this again',
      });
    await sleep(BETWEEN_TRIES_MS);
  }
}

/** Tries and milliseconds between them: a little longer than a gateway may take to answer. */
const [MOST_TRIES, BETWEEN_TRIES_MS] = [150, 100];

const overtaken = ({ id }: BottleRecord): BottleError =>
  new BottleError(
    'policy',
    `another policy set has changed ${id} meanwhile, and this would allow more than that`,
    {
      fix: 'type it again: it says what would change, and asks for the trust that this takes',
    },
  );

async function readDraft(
  { id, agent, bottle, workspace, manifests }: BottleRecord,
  { named, currentPath }: PolicySetWishes,
): Promise<{ manifest: Manifest; draft: Draft }> {
  const projectPath = workspace.mode === 'none' ? currentPath : workspace.projectPath;
  const places = manifests ?? { projectPath };
  if (named === undefined && places.named !== undefined && !existsSync(places.named))
    throw new BottleError('manifest', `${id} was started by ${places.named}, which no longer exists`, {
      fix: 'name the manifest whose rules are meant: --manifest FILE',
    });
  const manifest = await readManifests(places.projectPath, named ?? places.named);
  const draft = selectAgent(manifest, agent);
  refuseVariablesInProject(presetsOf(draft.bottle), projectPath);
  if (named === undefined && draft.bottle.name !== bottle)
    throw new BottleError(
      'usage',
      `${id} runs as the bottle ${bottle}, and its agent is in another one now`,
      {
        details: [`in ${draft.file.shownAs}, ${agent} works in the bottle ${draft.bottle.name}`],
        fix: 'if its rules are meant, name the manifest: --manifest FILE',
      },
    );
  return { manifest, draft };
}

async function saidIn({ bottle }: Draft): Promise<{ next: Policy; startOnly: StartOnly }> {
  const presets = await readPresets(presetsOf(bottle));
  const rules = resolveRulesOf(bottle, { presets, homeDir: homeDir() });
  return { next: policyOf(rules), startOnly: startOnlyOf(rules) };
}

function changeOf(before: Policy, next: Policy): PolicySetReport['change'] {
  if (isSamePolicy(before, next)) return 'none';
  return isNarrower(next, before) ? 'narrower' : 'wider';
}

/** The means as the gateway sees them, which decides in the end. */
const meansOf = ({ policy, learns }: Receipt): Means => ({
  constraints: constraintsOf(policy),
  secrets: policy.allow.flatMap(({ inject }) => inject?.secret ?? []),
  learns: learns === true,
});

function refuseLacking(record: BottleRecord, lacking: readonly string[]): void {
  if (lacking.length > 0) throw lacks(record, lacking);
}

function lacks({ id, agent }: BottleRecord, lacking: readonly string[]): BottleError {
  return new BottleError('policy', `bottle ${id} cannot get these settings while it runs`, {
    details: lacking,
    fix: `restart: bot-bottle stop ${id}, then bot-bottle start ${agent}`,
  });
}

const digestsOf = ({ files }: Draft): string => files.map(({ digest }) => digest).join(' ');
