import { asCalled } from '../../ui/as-called.ts';

const MOST_COLUMNS = 100;
const LEAST_COLUMNS = 40;

/** Returns the width of a report: that of the terminal, if any, but at most 100 columns, which are easy to read. */
export const reportWidth = (columns: number | undefined = process.stdout.columns): number =>
  columns === undefined || columns === 0
    ? MOST_COLUMNS
    : Math.min(MOST_COLUMNS, Math.max(LEAST_COLUMNS, columns));

/** The least width of text beside a long name. */
const LEAST_ROOM = 20;

/**
 * Wraps text at `reportWidth` columns. `first` is the beginning of the first line; the others are indented as far. Cuts
 * words that are longer than a line.
 */
export function wrap(text: string, first = ''): string[] {
  const room = Math.max(LEAST_ROOM, reportWidth() - first.length);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((word) => piecesOf(word, room))) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (lengthOf(longer) <= room) line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line].map((line, at) =>
    `${at === 0 ? first : ' '.repeat(first.length)}${line}`.trimEnd(),
  );
}

/** Returns a command line as this user types it, continued after a backslash if too long, so that it can be pasted. */
export function wrapCommand(line: string, indent: string): string[] {
  const command = asCalled(line);
  const width = reportWidth();
  const cut = command.lastIndexOf(' --', width - indent.length - 2);
  if (indent.length + command.length <= width || cut <= 0) return [indent + command];
  return [
    `${indent}${command.slice(0, cut)} \\`,
    ...wrapCommand(command.slice(cut + 1), ' '.repeat(indent.length + 2)),
  ];
}

const lengthOf = (text: string): number => Array.from(text).length;

function piecesOf(word: string, room: number): string[] {
  const characters = Array.from(word);
  const count = Math.max(1, Math.ceil(characters.length / room));
  return Array.from({ length: count }, (_, at) => characters.slice(at * room, (at + 1) * room).join(''));
}
