import { BottleError } from '../../errors.ts';
import type { Policy } from '../../gateway/config.ts';
import { homeDir } from '../../host/paths.ts';
import { readManifests } from '../../manifest/find.ts';
import { bottleIn, type Bottle } from '../../manifest/load.ts';
import type { RuleInput } from '../../manifest/schema/rule-schema.ts';
import { readReceipt } from '../state/receipt.ts';
import type { BottleRecord } from '../state/record.ts';
import { bottlePaths, hasRun } from '../state/store.ts';

/** What is known of a bottle's rules when one is suggested beside them. */
export interface KnownRules {
  /** What its gateway goes by. */
  readonly policy: Policy;
  /** As its manifest has them: only there it is said where a secret is. */
  readonly written: readonly RuleInput[];
  /** The user's, for `~/`. */
  readonly homeDir: string;
}

/** Of a bottle that has none, or has not run. */
export const NO_RULES: KnownRules = { policy: { allow: [], deny: [] }, written: [], homeDir: '' };

/** The rules of `egress.allow`, with those of other bottles that it takes over. */
export const writtenIn = ({ settings }: Bottle): readonly RuleInput[] =>
  (settings['egress.allow']?.value ?? []).map(({ value }) => value.rule);

/** The rules that a bottle was given last, and how its manifest has them now: it may have changed, or be gone. */
export async function rulesOf(record: BottleRecord): Promise<KnownRules> {
  if (!hasRun(record.id)) return NO_RULES;
  const receipt = await readReceipt(bottlePaths(record.id).receiptPath);
  const policy = receipt.policyChanges?.at(-1)?.policy ?? receipt.policy;
  return { policy, written: await writtenNow(record), homeDir: homeDir() };
}

async function writtenNow({ manifests, bottle: name }: BottleRecord): Promise<readonly RuleInput[]> {
  if (manifests === undefined) return [];
  try {
    const bottle = bottleIn(await readManifests(manifests.projectPath, manifests.named), name);
    return bottle === undefined ? [] : writtenIn(bottle);
  } catch (error) {
    if (error instanceof BottleError) return [];
    throw error;
  }
}
