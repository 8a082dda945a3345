import { escapeText } from '../../ui/terminal/text.ts';
import type { StagedChange } from './stage.ts';
import type { Entry } from '../tree.ts';

/** Renders a diff in git's format from changes and from git's output on their contents under numbers. Pure. */

/** Splits a file that became a link, or a link that became a file, into a deletion and an addition, as git does. */
export function splitKindChanges(changes: readonly StagedChange[]): StagedChange[] {
  return changes.flatMap((change) =>
    change.before === undefined || change.after === undefined || change.before.kind === change.after.kind
      ? [change]
      : [
          { ...change, after: undefined },
          { ...change, before: undefined },
        ],
  );
}

export interface RenderedDiff {
  /** The diff in the bytes of the files, which need not be UTF-8. */
  readonly patch: Buffer;
  /** Changes that the patch names but does not contain, so nobody can apply them, and why. */
  readonly leftOut: readonly { readonly path: string; readonly why: string }[];
}

/**
 * Returns the diff of all parts.
 * @param numbered output of `git diff --no-index --no-prefix` as latin1, which calls part 3 `old/3` and `new/3`
 */
export function renderDiff(parts: readonly StagedChange[], numbered: string): RenderedDiff {
  const said = saidByNumber(numbered);
  const pieces: Buffer[] = [];
  const leftOut: { path: string; why: string }[] = [];
  for (const [number, part] of parts.entries()) {
    const why = whyNotTold(part);
    if (why === undefined) pieces.push(...renderPart(part, said.get(number) ?? NOTHING_SAID));
    else {
      leftOut.push({ path: part.path, why });
      // In no form that git would take for a change.
      pieces.push(Buffer.from(`${quoteName(`b/${part.path}`)} ${why}: it cannot be shown or applied\n`));
    }
  }
  return { patch: Buffer.concat(pieces), leftOut };
}

function whyNotTold({ after, afterPath }: StagedChange): string | undefined {
  if (after?.kind === 'special') return `is special (${after.what})`;
  if (after?.kind === 'file' && afterPath === undefined) return `is too large (${after.size} bytes)`;
  return undefined;
}

/** The parts of git's output on one file. */
interface Said {
  /** The line with the ids of both contents: git applies a binary patch only with them. */
  readonly index?: string | undefined;
  /** Everything from the beginning of the content part. */
  readonly body: string;
}

const NOTHING_SAID: Said = { body: '' };
const BINARY_PATCH = 'GIT binary patch\n';

/**
 * Avoids the line mode of regular expressions, in which a carriage return also ends a line. A line of content begins
 * with a space, `+`, `-` or `\`, or is a word without a space (binary patch), so no line of content can match.
 */
const HEADER = /(?<=^|\n)diff --git (?:old|new)\/(\d+) (?:old|new)\/\d+(?=\n)/g;
const BODY = /(?<=\n)(?:@@|Binary files |GIT binary patch\n)/;

/** Slices the text by its headers. Does not split it into lines: there may be very many. */
function saidByNumber(numbered: string): Map<number, Said> {
  const headers = [...numbered.matchAll(HEADER)];
  return new Map(
    headers.map(({ 1: number, index: start }, at) => {
      const section = numbered.slice(start, headers[at + 1]?.index);
      const bodyAt = BODY.exec(section)?.index ?? section.length;
      const index = /(?<=\n)index \S+/.exec(section.slice(0, bodyAt))?.[0];
      return [Number(number), { index, body: section.slice(bodyAt) }];
    }),
  );
}

function renderPart({ path, before, after }: StagedChange, { index, body }: Said): readonly Buffer[] {
  const [oldName, newName] = [quoteName(`a/${path}`), quoteName(`b/${path}`)];
  const oldSide = before === undefined ? '/dev/null' : oldName;
  const newSide = after === undefined ? '/dev/null' : newName;
  const lines = [`diff --git ${oldName} ${newName}`, ...modeLines(before, after)];
  if (index !== undefined) lines.push(index + keptMode(before, after));
  let content = body;
  if (body.startsWith('Binary files ')) {
    lines.push(`Binary files ${oldSide} and ${newSide} differ`);
    content = '';
  } else if (body !== '' && !body.startsWith(BINARY_PATCH)) lines.push(`--- ${oldSide}`, `+++ ${newSide}`);
  return [Buffer.from(`${lines.join('\n')}\n`), Buffer.from(content, 'latin1')];
}

function modeLines(before: Entry | undefined, after: Entry | undefined): string[] {
  if (before === undefined) return [`new file mode ${modeOf(after)}`];
  if (after === undefined) return [`deleted file mode ${modeOf(before)}`];
  return modeOf(before) === modeOf(after) ? [] : [`old mode ${modeOf(before)}`, `new mode ${modeOf(after)}`];
}

/** The mode after the ids, as git prints it if the mode stays. git's own comparison saw a link as a plain file. */
function keptMode(before: Entry | undefined, after: Entry | undefined): string {
  const isKept = before !== undefined && after !== undefined && modeOf(before) === modeOf(after);
  return isKept ? ` ${modeOf(after)}` : '';
}

function modeOf(entry: Entry | undefined): string {
  if (entry?.kind === 'link') return '120000';
  return entry?.kind === 'file' && entry.executable ? '100755' : '100644';
}

/** Quotes a name as git does with `core.quotePath=false`: quotes, backslashes, and what would act on a terminal. */
function quoteName(name: string): string {
  if (!/["\\]/.test(name) && escapeText(name) === name) return name;
  const bytes = [...Buffer.from(name)].map((byte) => {
    if (byte === 0x22 || byte === 0x5c) return `\\${String.fromCharCode(byte)}`;
    return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`;
  });
  return `"${bytes.join('')}"`;
}
