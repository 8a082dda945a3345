import { BottleError } from '../../errors.ts';
import type { Policy } from '../../gateway/config.ts';
import { homeDir } from '../../host/paths.ts';
import { readManifests } from '../../manifest/find.ts';
import { bottleIn, type Bottle } from '../../manifest/load.ts';
import type { RuleInput } from '../../manifest/schema/rule-schema.ts';
import { readReceipt } from '../state/receipt.ts';
import type { BottleRecord } from '../state/record.ts';
import { bottlePaths, hasRun } from '../state/store.ts';

/** The rules of a bottle that a suggestion takes into account. */
export interface KnownRules {
  /** The gateway's policy. */
  readonly policy: Policy;
  /** The rules as written in the manifest, which alone says where a secret comes from. */
  readonly written: readonly RuleInput[];
  /** The user's home folder, for `~/`. */
  readonly homeDir: string;
}

/** For a bottle that has no rules, or has not run. */
export const NO_RULES: KnownRules = { policy: { allow: [], deny: [] }, written: [], homeDir: '' };

/** The rules of `egress.allow`, including those that the bottle inherits from others. */
export const writtenIn = ({ settings }: Bottle): readonly RuleInput[] =>
  (settings['egress.allow']?.value ?? []).map(({ value }) => value.rule);

/** The last policy of a bottle, with the rules in its current manifest, which may have changed or disappeared. */
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
