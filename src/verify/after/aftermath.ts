import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AuditLine } from '../../gateway/config.ts';
import type { Side } from '../arena/arena.ts';
import { KEPT_NAME, KEPT_TEXT } from '../arena/side.ts';
import { heardAtAll } from '../judge/observe.ts';
import type { Probe, User } from '../probes/probe.ts';
import { allowedIn } from './formerly.ts';
import { oddityOf, type ProjectEntry } from './found.ts';
import { cornerOf } from './project.ts';

/** Evidence on the host of what an attack left: collected after our verbs used it and its bottle ended. */
export interface Aftermath {
  /** The agent worked in the project itself: `apply` did not run, and no git ran in the project. */
  readonly isMounted: boolean;
  /** The entries of the project, after `apply` and everyday git commands. */
  readonly project: readonly ProjectEntry[];
  readonly diff: string;
  /** All output that reached the user's terminal. */
  readonly screen: string;
  /** Why `apply` failed, if it did. */
  readonly applyFailure: string | undefined;
  /** The arguments of every process that runs after the bottle ended. */
  readonly running: string;
  /** Resources that carry the id of an ended bottle. */
  readonly left: readonly string[];
  /** The audit log of the next bottle's gateway. */
  readonly nextDecisions: readonly AuditLine[];
}

export const NO_AFTERMATH: Aftermath = {
  isMounted: false,
  project: [],
  diff: '',
  screen: '',
  applyFailure: undefined,
  running: '',
  left: [],
  nextDecisions: [],
};

/** An executed probe, with its user and side. */
export interface MadeProbe {
  readonly probe: Probe;
  readonly user: User;
  readonly side: Side;
  readonly nonce: string;
}

/** Returns how a probe of a later stage succeeded, one line for each way; empty if it failed. */
export function successesAfter({ probe, user, side, nonce }: MadeProbe, after: Aftermath): readonly string[] {
  const { oracle } = probe;
  if (oracle.kind !== 'verbs' && oracle.kind !== 'end') return [];
  const at = (oracle.kind === 'verbs' ? oracle.at : undefined) ?? [`files/${probe.id}`];
  const spots = at.map((spot) => join(cornerOf(user), spot));
  const holding = (what: string): readonly string[] =>
    after.project.filter(({ text }) => text.includes(nonce)).map(({ path }) => `${path} ${what}`);
  const ran = readdirSync(side.places.dropDir).includes(nonce) ? ['its command ran on the host'] : [];
  const sights: Record<typeof oracle.sees, () => readonly string[]> = {
    ran: () => [...ran, ...(after.isMounted ? holding('lies in the project, for git to obey') : [])],
    came: () => holding(after.isMounted ? 'lies in the project' : 'came back'),
    misplaced: () => [...oddities(spots, after.project), ...changesOutside(side)],
    shown: () => (actsOnTerminal(after.screen, nonce) ? ['it reached the terminal'] : []),
    heard: () => heardAtAll(side, nonce),
    granted: () => [...heardAtAll(side, nonce), ...allowedIn(after.nextDecisions, nonce)],
    process: () => (after.running.includes(nonce) ? ['its process runs on'] : []),
    left: () => after.left,
  };
  return sights[oracle.sees]();
}

/** Returns how the control of a probe of a later stage succeeded; empty if it failed. */
export function controlAfter({ probe, nonce }: MadeProbe, after: Aftermath): readonly string[] {
  if (nonce === '') return [];
  if (probe.control === 'shown') return after.screen.includes(nonce) ? ['shown on the terminal'] : [];
  const isThere = after.project.some(({ text }) => text.includes(nonce));
  if (after.isMounted) return isThere ? ['in the project'] : [];
  return isThere && after.diff.includes(nonce) ? ['in the diff, and brought back by apply'] : [];
}

/** Returns what is odd at these paths of the project. */
function oddities(spots: readonly string[], project: readonly ProjectEntry[]): string[] {
  return project.flatMap((found) => {
    const isHere = spots.some((spot) => found.path === spot || found.path.startsWith(`${spot}/`));
    const why = isHere ? oddityOf(found) : undefined;
    return why === undefined ? [] : [`${JSON.stringify(found.path)} ${why}`];
  });
}

/** Reports any change, whichever process made it. */
function changesOutside({ places: { outsideDir } }: Side): string[] {
  const names = readdirSync(outsideDir);
  const isKept = names.length === 1 && readFileSync(join(outsideDir, KEPT_NAME), 'utf8').trim() === KEPT_TEXT;
  return isKept ? [] : ['a folder outside of the project was changed'];
}

/** Control characters except line feeds and carriage returns, and characters that reverse or hide text. */
// oxlint-disable-next-line no-control-regex -- control characters are what this is about
const ACTS = /[\u0000-\u0009\u000B\u000C\u000E-\u001F\u007F-\u009F\u200B-\u200F\u202A-\u202E\u2066-\u2069]/u;

/** Returns whether the terminal received anything but plain text between the two marks of a probe. Pure. */
function actsOnTerminal(screen: string, nonce: string): boolean {
  const between = new RegExp(`${nonce}<(.*?)>${nonce}`, 'gs');
  return Array.from(screen.matchAll(between), ([, text = '']) => text).some((text) => ACTS.test(text));
}
