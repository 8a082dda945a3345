import { comparable, foldersOf, foldersOfAll, linkStaysInside, unsafePath } from '../paths.ts';
import { MAX_STAGED_BYTES, type StagedChange } from '../diff/stage.ts';

/** Decides which of an agent's changes go into the project. Pure. */

/** How the project's present content at a change's path compares with the change, or why apply cannot write there. */
export type ProjectState =
  | { readonly kind: 'asBefore' }
  | { readonly kind: 'asAfter' }
  | { readonly kind: 'conflict'; readonly why: string };

export interface PathAndWhy {
  readonly path: string;
  readonly why: string;
}

export interface ApplyPlan {
  readonly writes: readonly StagedChange[];
  /** Programs of the host run or obey these. Apply writes them only if the user agrees. */
  readonly executed: readonly (StagedChange & { readonly why: string })[];
  /** Changes that the project already has, made by hand or by an interrupted apply. */
  readonly alreadyThere: readonly StagedChange[];
  /** Never written, even if the user agrees. */
  readonly refused: readonly PathAndWhy[];
  /** Paths that changed in the project too. If there are any, apply writes nothing. */
  readonly conflicts: readonly PathAndWhy[];
}

export interface ApplyFacts {
  /** Paths that the copy left out. A folder ends with a slash. */
  readonly leftOut: readonly string[];
  /** Whether the project's file system resolves `spelling` to the left-out path; undefined if unknown. */
  readonly isSame: (leftOut: string, spelling: string) => boolean | undefined;
  stateOf(change: StagedChange): ProjectState;
  /** Returns why a program of the host runs or obeys what the change writes, or undefined if none does. */
  executedWhy(change: StagedChange): string | undefined;
}

/**
 * Sorts changes by what an apply does with them: write, ask, pass over, refuse. Pure, except for lookups by `facts`.
 */
export function planApply(changes: readonly StagedChange[], facts: ApplyFacts): ApplyPlan {
  const plan = {
    writes: [] as StagedChange[],
    executed: [] as (StagedChange & { why: string })[],
    alreadyThere: [] as StagedChange[],
    refused: [] as PathAndWhy[],
    conflicts: [] as PathAndWhy[],
  };
  const isLeftOut = leftOutRule(facts);
  for (const change of changes) {
    const leftOut = isLeftOut(change);
    const refusal = refusalOf(change, leftOut === true);
    const state = refusal === undefined ? facts.stateOf(change) : undefined;
    const why = facts.executedWhy(change) ?? (leftOut === undefined ? MAY_BE_LEFT_OUT : undefined);
    if (refusal !== undefined) plan.refused.push({ path: change.path, why: refusal });
    else if (state?.kind === 'conflict') plan.conflicts.push({ path: change.path, why: state.why });
    else if (state?.kind === 'asAfter') plan.alreadyThere.push(change);
    else if (why !== undefined) plan.executed.push({ ...change, why });
    else plan.writes.push(change);
  }
  return { ...plan, ...withDeletions(plan) };
}

/**
 * Adds a change that depends on a deletion to `executed` if the deletion is there: a file cannot replace a folder that
 * still holds a file, nor a folder replace a file that stays. The user agrees to both together.
 */
function withDeletions({ writes, executed }: Pick<ApplyPlan, 'writes' | 'executed'>) {
  const gone = new Map(
    executed.flatMap(({ path, after, why }) => (after === undefined ? [[path, why]] : [])),
  );
  const above = foldersOfAll(gone.keys());
  const split = { writes: [] as StagedChange[], executed: [...executed] };
  for (const change of writes) {
    const places = change.after === undefined || gone.size === 0 ? [] : foldersOf(change.path);
    const why =
      places.map((folder) => gone.get(folder)).find((found) => found !== undefined) ??
      (change.after === undefined ? undefined : gone.get(above.get(change.path) ?? ''));
    if (why === undefined) split.writes.push(change);
    else split.executed.push({ ...change, why });
  }
  split.executed.sort((a, b) => (a.path < b.path ? -1 : 1));
  return split;
}

const MAY_BE_LEFT_OUT = 'it may be another spelling of a path that was left out of the bottle';

function refusalOf(change: StagedChange, isLeftOut: boolean): string | undefined {
  const { path, after, afterPath } = change;
  const unsafe = unsafePath(path);
  if (unsafe !== undefined) return unsafe;
  if (isLeftOut) return 'was left out of the bottle; the project has its own';
  if (after?.kind === 'special') return `is a ${after.what}`;
  if (after?.kind === 'file' && afterPath === undefined)
    return after.size > MAX_STAGED_BYTES ? 'is too large' : 'is too much, with the files before it';
  if (after?.kind === 'link' && !linkStaysInside(path, after.target))
    return `is a link that leads outside: ${after.target}`;
  return undefined;
}

/**
 * Returns a function that tells whether a change lies in a left-out path; undefined if unknown. A new path counts too
 * if the project's file system resolves its spelling to a left-out path.
 */
function leftOutRule({ leftOut, isSame }: ApplyFacts): (change: StagedChange) => boolean | undefined {
  const files = new Set(leftOut.filter((path) => !path.endsWith('/')));
  const places = new Set([...files, ...leftOut.map((path) => path.replace(/\/$/, ''))]);
  const spelt = new Map<string, string[]>();
  for (const place of places) spelt.set(comparable(place), [...(spelt.get(comparable(place)) ?? []), place]);
  const sameAs = (spelling: string, kept = places): readonly (boolean | undefined)[] =>
    (spelt.get(comparable(spelling)) ?? [])
      .filter((left) => kept.has(left))
      .map((left) => isSame(left, spelling));
  // Starts at the top and visits each folder once: changes can lie in any number of deep folders.
  const isIn: (folder: string) => boolean = memoised(
    (folder) => folder !== '' && (isIn(parentOf(folder)) || places.has(folder)),
  );
  const sameAbove: (folder: string) => readonly (boolean | undefined)[] = memoised((folder) =>
    folder === '' ? [] : [...new Set([...sameAbove(parentOf(folder)), ...sameAs(folder)])],
  );
  return ({ path, before }) => {
    if (files.has(path) || isIn(parentOf(path))) return true;
    if (before !== undefined) return false;
    const found = [...sameAbove(parentOf(path)), ...sameAs(path, files)];
    return found.includes(true) || (found.includes(undefined) ? undefined : false);
  };
}

const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));

/** Caches the result for each key. */
function memoised<Result>(find: (key: string) => Result): (key: string) => Result {
  const known = new Map<string, Result>();
  return (key) => {
    if (!known.has(key)) known.set(key, find(key));
    return known.get(key) as Result;
  };
}
