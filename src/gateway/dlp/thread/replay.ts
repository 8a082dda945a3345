import { isBlocking, type BodyFacts, type Finding } from '../finding.ts';
import type { Form } from '../known/forms.ts';
import type { Guesses } from '../known/guesses.ts';
import { toldOf, type Detectors } from '../scan.ts';
import type { Answer, Note } from './messages.ts';

/** Tells the memory of the bottle what the inspection thread noted of one body, and judges by it. */

export interface Judged {
  /** Those of the thread, and what the memory of the bottle adds. */
  readonly findings: readonly Finding[];
  readonly blocked: boolean;
}

/** Judges the answers about one body, which come in order. */
export function createJudge(
  detectors: Detectors,
  forms: () => readonly Form[],
  about: BodyFacts,
): (answer: Answer) => Judged {
  const { pieces, guesses, nowMs } = detectors;
  const ends = new Map<number, ReturnType<Guesses['ofBody']>>();
  /** What the memory adds to an answer. */
  let added: Finding[] = [];
  /** Whether what was added has been counted as a part of what was found with it. */
  let isCounted = true;
  const add = (findings: readonly Finding[]): void => {
    if (findings.length === 0) return;
    added.push(...findings);
    isCounted = false;
  };
  const take = (note: Note): void => {
    if (note.kind === 'piece') {
      const { at, from, to } = note;
      const form = forms()[note.form];
      if (form === undefined) throw new Error('the inspection thread knows other secrets');
      if (pieces.note({ form, at, from, to }, nowMs()))
        add([{ ...toldOf({ form, at, from, to }), where: about.where, encoding: 'pieces' }]);
    } else if (note.kind === 'found') {
      guesses.note([...note.findings, ...added], note.actions);
      isCounted = true;
    } else {
      let end = ends.get(note.view);
      if (end === undefined) ends.set(note.view, (end = guesses.ofBody()));
      end(note.begun, note.hasGoneOn);
    }
  };
  return ({ notes, findings, blocked }) => {
    added = [];
    isCounted = true;
    for (const note of notes) take(note);
    if (!isCounted) guesses.note(added, about.action);
    const isRefused = added.some((finding) => isBlocking(finding, about.action));
    return { findings: [...added, ...findings], blocked: blocked || isRefused || guesses.isOver };
  };
}
