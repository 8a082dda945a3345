import { asCalled } from '../../ui/as-called.ts';

/** Reports for a terminal are this wide at most. */
export const WIDTH = 100;

/** Beside a name that is too long itself. */
const LEAST_ROOM = 20;

/**
 * Text in lines of at most `WIDTH` columns: `first` stands before the first line, as many blanks before the others. A word
 * that is longer than a line is cut.
 */
export function wrap(text: string, first = ''): string[] {
  const room = Math.max(LEAST_ROOM, WIDTH - first.length);
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

/** A command line as this user types it, gone on with in a second line where it is too long; it can be pasted either way. */
export function wrapCommand(line: string, indent: string): string[] {
  const command = asCalled(line);
  const cut = command.lastIndexOf(' --', WIDTH - indent.length - 2);
  if (indent.length + command.length <= WIDTH || cut <= 0) return [indent + command];
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
