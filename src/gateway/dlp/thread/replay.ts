import { isBlocking, type BodyFacts, type Finding } from '../finding.ts';
import type { Form } from '../known/forms.ts';
import type { Guesses } from '../known/guesses.ts';
import { revealedPartOf, type Detectors } from '../scan.ts';
import type { Answer, Note } from './messages.ts';

/** Passes the inspection thread's notes on one body to the memory of the bottle, and judges the body by the result. */

export interface Judged {
  /** The thread's findings, and those that the memory of the bottle adds. */
  readonly findings: readonly Finding[];
  readonly blocked: boolean;
}

/** Returns the function that judges the answers about one body, which must come in order. */
export function createJudge(
  detectors: Detectors,
  forms: () => readonly Form[],
  about: BodyFacts,
): (answer: Answer) => Judged {
  const { pieces, guesses, nowMs } = detectors;
  const ends = new Map<number, ReturnType<Guesses['ofBody']>>();
  /** Findings that the memory adds to an answer. */
  let added: Finding[] = [];
  /** Whether `guesses` counted the added findings, together with the thread's. */
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
        add([{ ...revealedPartOf({ form, at, from, to }), where: about.where, encoding: 'pieces' }]);
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
