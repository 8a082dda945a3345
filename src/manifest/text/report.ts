import { BottleError } from '../../errors.ts';
import { escapeText } from '../../ui/terminal/text.ts';

/** A text that messages refer to, and its name in them. */
export interface SourceText {
  readonly shownAs: string;
  readonly text: string;
}

/** A range of a text; offsets in UTF-16 units, `end` is exclusive. */
export interface Place {
  readonly source: SourceText;
  readonly start: number;
  readonly end: number;
}

/** One mistake in a manifest. */
export interface Problem {
  readonly at: Place;
  /** The sentence: the key and its mistake. */
  readonly what: string;
  readonly expected?: string;
  readonly hint?: string;
  /** A related place: the first of two definitions. */
  readonly other?: Place;
  /** The line may contain a secret: show only its position. */
  readonly hidesLine?: true;
}

/**
 * A file can have tens of thousands of problems: nobody reads them, and each costs time. Code that finds problems may
 * stop after one more than this.
 */
export const MOST_PROBLEMS = 50;
const WIDEST_LINE = 110;
const LONGEST_SENTENCE = 600;

/** Returns the position of a place, for users and editors: `file:line:column`, both counted from 1. */
export function positionOf(place: Place): string {
  const { line, column } = lineAt(place);
  return `${escapeText(place.source.shownAs)}:${line}:${column}`;
}

/** Returns all problems as one error with code `manifest`, in the order of the text, each with its line and a caret. */
export function manifestError(problems: readonly Problem[]): BottleError {
  const sorted = [...problems].sort((a, b) => a.at.start - b.at.start);
  const shown = sorted.slice(0, MOST_PROBLEMS);
  const name = escapeText(sorted[0]?.at.source.shownAs ?? 'the manifest');
  const count = sorted.length > shown.length ? `more than ${shown.length}` : String(shown.length);
  return new BottleError('manifest', `${name} has ${count} ${count === '1' ? 'problem' : 'problems'}`, {
    details: shown.flatMap(renderProblem),
    fix: 'correct the manifest (docs/MANIFEST.md describes every key); nothing was started',
  });
}

function renderProblem(problem: Problem): string[] {
  return [
    `${positionOf(problem.at)}: ${sentence(problem.what)}`,
    ...(problem.hidesLine === true ? [] : renderLine(problem.at)),
    ...(problem.expected === undefined ? [] : [`    expected ${sentence(problem.expected)}`]),
    ...(problem.hint === undefined ? [] : [`    ${sentence(problem.hint)}`]),
    ...(problem.other === undefined ? [] : [`    the other one is at ${positionOf(problem.other)}`]),
  ];
}

/** Shortens a sentence: it quotes the file, which may contain a key of any length. */
const sentence = (text: string): string =>
  escapeText(text.length > LONGEST_SENTENCE ? `${text.slice(0, LONGEST_SENTENCE)}…` : text);

/** The line with its number, and below it a caret for every character of the place. */
function renderLine(place: Place): string[] {
  const { line, column, content } = lineAt(place);
  const end = column - 1 + place.end - place.start;
  const before = escapeText(content.slice(0, column - 1));
  const meant = escapeText(content.slice(column - 1, end));
  const all = before + meant + escapeText(content.slice(end));
  // Shows only part of a line that is too long, with the place in its middle.
  const from = all.length <= WIDEST_LINE ? 0 : Math.max(0, before.length - WIDEST_LINE / 2);
  const window = all.slice(from, from + WIDEST_LINE);
  const shown = `${from > 0 ? '…' : ''}${window}${from + window.length < all.length ? '…' : ''}`;
  const indent = before.length - from + (from > 0 ? 1 : 0);
  const carets = Math.max(1, Math.min(meant.length, window.length - (before.length - from)));
  const gutter = `  ${line} | `;
  return [
    `${gutter}${shown}`.trimEnd(),
    `${' '.repeat(gutter.length - 2)}| ${' '.repeat(indent)}${'^'.repeat(carets)}`,
  ];
}

function lineAt(place: Place): { line: number; column: number; content: string } {
  const { text } = place.source;
  const start = text.lastIndexOf('\n', place.start - 1) + 1;
  const newline = text.indexOf('\n', start);
  const content = text.slice(start, newline === -1 ? undefined : newline).replace(/\r$/, '');
  return { line: text.slice(0, start).split('\n').length, column: place.start - start + 1, content };
}
