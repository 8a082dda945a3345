import type { ProbeRow, Result, VerifyReport } from '../report.ts';
import { WORST_FIRST } from '../show/findings.ts';
import { markup, type Markup } from './markup.ts';

/** The words, sign and style class (style.ts) of a result on the page. */
interface Look {
  readonly word: string;
  /** The word after a count. */
  readonly counted: string;
  readonly sign: string;
  readonly style: string;
  readonly meaning: string;
}

export const LOOKS: Readonly<Record<Result, Look>> = {
  held: {
    word: 'held',
    counted: 'held',
    sign: '\u2713',
    style: 'held',
    meaning:
      'The attempt was made, and nothing was seen outside. Its control, the same code aimed at an allowed target, went through in the same bottle.',
  },
  breached: {
    word: 'breached',
    counted: 'breached',
    sign: '\u2717',
    style: 'breached',
    meaning: 'The attempt was seen outside the bottle. The claim is broken.',
  },
  unproven: {
    word: 'unproven',
    counted: 'unproven',
    sign: '?',
    style: 'unproven',
    meaning:
      'Nothing was seen, but the control failed or the attempt was not made, so this proves nothing. It counts as failed.',
  },
  notApplicable: {
    word: 'not applicable',
    counted: 'n/a',
    sign: '\u2013',
    style: 'none',
    meaning: 'Short: n/a. The attempt proves nothing on this rung or host, for the reason given.',
  },
};

/** The word for the result of a control. */
export const CONTROLS = { passed: 'went through', failed: 'failed', none: 'not made' } as const;

/** Returns a result as a word and a sign; the colour alone never tells it. */
export function badge(result: Result, count?: number): Markup {
  const { word, counted, sign, style } = LOOKS[result];
  const said = count === undefined ? word : `${count} ${counted}`;
  return markup`<span class="badge ${style}"><span aria-hidden="true">${sign} </span>${said}</span>`;
}

/** Returns the results of these rows, each with its count, the worst first. */
export function badgesOf(rows: readonly Pick<ProbeRow, 'result'>[]): readonly Markup[] {
  const counts = WORST_FIRST.map((result) => ({
    result,
    count: rows.filter((row) => row.result === result).length,
  }));
  return counts.filter(({ count }) => count > 0).map(({ result, count }) => badge(result, count));
}

/** Returns the date for people: to the second, in UTC. */
export const dateOf = ({ startedAt }: VerifyReport): string =>
  startedAt.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/, '$1 $2 UTC');
