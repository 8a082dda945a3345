/** A number that counts values, beside what may be a piece, as in `{"part":3,"text":"a"}`: it is none of the piece. */

/** So often in a row it must have been one more: digits of a secret, or of its bytes, are so by chance. */
const ENOUGH = 2;
const LONGEST_NUMBER = 15;
const WORD = /[\da-z]/i;

interface Range {
  readonly start: number;
  readonly end: number;
}

/** Takes what counts out of the values of one place. */
export class Counter {
  #latest = '';
  #without = '';
  /** How often in a row the first of what changes, and the last, was a number that counts. */
  #first = 0;
  #last = 0;

  /** The next value without it. */
  without(value: string): string {
    const latest = this.#latest;
    if (value === latest) return this.#without; // tried again
    const [first, last] = [firstCounting(latest, value), lastCounting(latest, value)];
    this.#first = first === undefined ? 0 : this.#first + 1;
    this.#last = last === undefined ? 0 : this.#last + 1;
    this.#latest = value;
    const range = this.#first >= ENOUGH ? first : this.#last >= ENOUGH ? last : undefined;
    this.#without = range === undefined ? value : value.slice(0, range.start) + value.slice(range.end);
    return this.#without;
  }
}

/** The number that is the first of what changes, if it is one more and something stands between it and what comes behind. */
function firstCounting(before: string, value: string): Range | undefined {
  let start = 0;
  while (start < value.length && before[start] === value[start]) start += 1;
  while (start > 0 && isDigit(value, start - 1)) start -= 1;
  const end = afterDigits(value, start);
  const isApart = end < value.length && !WORD.test(value.charAt(end));
  return isApart && counts(before.slice(start, afterDigits(before, start)), value.slice(start, end))
    ? { start, end }
    : undefined;
}

/** As `firstCounting`, of the last of what changes. */
function lastCounting(before: string, value: string): Range | undefined {
  let [end, endBefore] = [value.length, before.length];
  while (end > 0 && endBefore > 0 && before[endBefore - 1] === value[end - 1]) {
    end -= 1;
    endBefore -= 1;
  }
  while (isDigit(value, end) && isDigit(before, endBefore)) {
    end += 1;
    endBefore += 1;
  }
  const [start, startBefore] = [beforeDigits(value, end), beforeDigits(before, endBefore)];
  const isApart = start > 0 && !WORD.test(value.charAt(start - 1));
  return isApart && counts(before.slice(startBefore, endBefore), value.slice(start, end))
    ? { start, end }
    : undefined;
}

function counts(before: string, now: string): boolean {
  return before !== '' && now !== '' && now.length <= LONGEST_NUMBER && Number(now) === Number(before) + 1;
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0x30 && code <= 0x39;
}

function afterDigits(text: string, start: number): number {
  let end = start;
  while (isDigit(text, end)) end += 1;
  return end;
}

function beforeDigits(text: string, end: number): number {
  let start = end;
  while (isDigit(text, start - 1)) start -= 1;
  return start;
}
