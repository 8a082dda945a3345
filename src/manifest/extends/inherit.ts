import { isDeepStrictEqual } from 'node:util';
import { positionOf, type Place, type Problem } from '../text/report.ts';
import { BOUNDARIES } from '../../contracts/rungs.ts';
import { WORKSPACE_MODES } from '../schema/schema.ts';
import type { SettingName, Settings, SettingValues, Written } from './settings.ts';
import { FOUND_ACTIONS, UNDECODABLE_ACTIONS, type DlpInput } from '../schema/dlp-schema.ts';

/**
 * Inheritance of settings from a bottle's parents (docs/adr/0011):
 * - A limit only becomes stricter: the most restrictive value applies.
 * - Any other setting is the child's own; if the child does not set it, it is the parents', who must agree.
 * So the order of parents never matters.
 */

/** Returns the stricter combination of two `dlp` values: for each detector, the more restrictive action. Pure. */
function strictestDlp(one: DlpInput, other: DlpInput): DlpInput {
  if (one === 'off') return other;
  if (other === 'off') return one;
  const [a, b] = [byDetector(one), byDetector(other)];
  const joined = {
    secret: stricter(FOUND_ACTIONS, a.secret, b.secret),
    canary: stricter(FOUND_ACTIONS, a.canary, b.canary),
    pattern: stricter(FOUND_ACTIONS, a.pattern, b.pattern),
    undecodable: stricter(UNDECODABLE_ACTIONS, a.undecodable, b.undecodable),
    ...asked('card_numbers', a, b),
    ...asked('iban', a, b),
  };
  // Keeps the original form if it has the same meaning.
  if (isDeepStrictEqual(joined, a)) return one;
  return isDeepStrictEqual(joined, b) ? other : joined;
}

type Asked = 'card_numbers' | 'iban';
type Map = Exclude<DlpInput, string>;
type ByDetector = Required<Omit<Map, Asked>> & Pick<Map, Asked>;

/** The action of an optional detector: the stricter of both, or that of the only one that sets it. */
function asked(detector: Asked, a: ByDetector, b: ByDetector): Pick<Map, Asked> {
  const [one, other] = [a[detector], b[detector]];
  const action =
    one !== undefined && other !== undefined ? stricter(FOUND_ACTIONS, one, other) : (one ?? other);
  return action === undefined ? {} : { [detector]: action };
}

/** Detectors that a map does not name get the strictest action, as in gateway/dlp/actions.ts. */
function byDetector(dlp: Exclude<DlpInput, 'off'>): ByDetector {
  if (typeof dlp === 'string') return { secret: dlp, canary: dlp, pattern: dlp, undecodable: 'refuse' };
  return { secret: 'block', canary: 'block', pattern: 'block', undecodable: 'refuse', ...dlp };
}

const stricter = <Word>(order: readonly Word[], a: Word, b: Word): Word =>
  order.indexOf(b) < order.indexOf(a) ? b : a;

type Stricter<T> = (a: Written<T>, b: Written<T>) => Written<T>;

const smaller: Stricter<number> = (a, b) => (b.value < a.value ? b : a);

const earlierIn =
  <T>(order: readonly T[]): Stricter<T> =>
  (a, b) =>
    order.indexOf(b.value) < order.indexOf(a.value) ? b : a;

const both = <T>(a: Written<readonly T[]>, b: Written<readonly T[]>): Written<readonly T[]> => ({
  ...a,
  value: [...new Set([...a.value, ...b.value])],
});

/** The settings that are limits, with a function that returns the stricter of two values. */
const LIMITS: { readonly [Name in SettingName]?: Stricter<SettingValues[Name]> } = {
  min_boundary: earlierIn(BOUNDARIES.toReversed()),
  'resources.cpus': smaller,
  'resources.memory': smaller,
  'resources.pids': smaller,
  'resources.disk': smaller,
  workspace: earlierIn(WORKSPACE_MODES),
  'egress.deny': both,
  'egress.dlp': (a, b) => {
    const value = strictestDlp(a.value, b.value);
    return value === a.value ? a : { ...b, value };
  },
  'egress.canary': earlierIn([true, false]),
  'egress.protect': (a, b) => ({ ...both(a, b), value: both(a, b).value.toSorted() }),
  'egress.secret_rules': (a, b) => ({ ...both(a, b), value: both(a, b).value.toSorted() }),
  'egress.max_bytes': smaller,
  'egress.max_requests': smaller,
  'egress.max_tokens': smaller,
};

/** Lists to which a parent's entries are added: they overrule nothing that the bottle itself states. */
const GATHERED: ReadonlySet<SettingName> = new Set(['egress.deny', 'egress.protect', 'egress.secret_rules']);

export interface Inherited {
  readonly settings: Settings;
  /** Settings that the child leaves open and on which its parents disagree. */
  readonly problems: readonly Problem[];
  /** Messages for the user about limits of a parent that replace the child's own. */
  readonly notes: readonly string[];
}

/** Merges a bottle's own settings with those of its parents. `at` is the bottle's definition. Pure. */
export function inherit(own: Settings, parents: readonly Settings[], at: Place): Inherited {
  const names = new Set([own, ...parents].flatMap((settings) => Object.keys(settings) as SettingName[]));
  const problems: Problem[] = [];
  const notes: string[] = [];
  const settings = [...names].map((name) => {
    const mine = own[name];
    const theirs = parents.map((parent) => parent[name]).filter((value) => value !== undefined);
    const joined = join(name, mine, theirs);
    if (mine === undefined && !theirs.every((value) => agrees(name, value, joined))) {
      problems.push({
        at,
        what: `parents of this bottle say different things about \`${name}\`: ${who(theirs)}`,
        hint: 'say it in the bottle itself',
      });
    }
    if (mine !== undefined && joined.value !== mine.value && !GATHERED.has(name)) {
      notes.push(`${positionOf(mine.at)}: the stricter \`${name}\` of bottle \`${joined.bottle}\` holds`);
    }
    return [name, joined];
  });
  return { settings: Object.fromEntries(settings) as Settings, problems, notes };
}

/** Merges one setting, which at least one bottle sets. */
function join(
  name: SettingName,
  mine: Written<unknown> | undefined,
  theirs: readonly Written<unknown>[],
): Written<unknown> {
  const said = mine === undefined ? theirs : [mine, ...theirs];
  const stricter = LIMITS[name] as Stricter<unknown> | undefined;
  return said.reduce(stricter ?? ((first) => first));
}

const agrees = (name: SettingName, a: Written<unknown>, b: Written<unknown>): boolean =>
  name in LIMITS || isDeepStrictEqual(a.value, b.value);

const who = (said: readonly Written<unknown>[]): string =>
  said.map(({ bottle, at }) => `\`${bottle}\` (${positionOf(at)})`).join(' and ');
