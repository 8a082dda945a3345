import { escapeText } from '../../ui/terminal/text.ts';
import type { StagedChange } from './stage.ts';
import type { Entry } from '../tree.ts';

/** A diff in git's format, from changes and from what git says about their contents under numbers. Pure. */

/** A file that became a link, or the other way round, is shown as git does: one goes, the other comes. */
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
  /** In the bytes of the files: they need not be UTF-8. */
  readonly patch: Buffer;
  /** What is named in it, and not told: nobody can apply it. With why. */
  readonly leftOut: readonly { readonly path: string; readonly why: string }[];
}

/**
 * The diff of all parts.
 * @param numbered output of `git diff --no-index --no-prefix` as latin1, in which part 3 is called `old/3` and `new/3`
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

/** What git says of one file. */
interface Said {
  /** What it names both contents by: without, it does not apply a binary patch. */
  readonly index?: string | undefined;
  /** All from where its content begins. */
  readonly body: string;
}

const NOTHING_SAID: Said = { body: '' };
const BINARY_PATCH = 'GIT binary patch\n';

/** Not by the expressions' own lines, which a carriage return ends, too. Lines of content begin with a space, `+`, `-`, `\` or, without a space in them, a letter: one that begins with this is none. */
const HEADER = /(?<=^|\n)diff --git (?:old|new)\/(\d+) (?:old|new)\/\d+(?=\n)/g;
const BODY = /(?<=\n)(?:@@|Binary files |GIT binary patch\n)/;

/** Parts of the one text, which is not taken apart into lines: there may be very many. */
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

/** Behind the names, as git has it: a link is none in its own comparison. */
function keptMode(before: Entry | undefined, after: Entry | undefined): string {
  const isKept = before !== undefined && after !== undefined && modeOf(before) === modeOf(after);
  return isKept ? ` ${modeOf(after)}` : '';
}

function modeOf(entry: Entry | undefined): string {
  if (entry?.kind === 'link') return '120000';
  return entry?.kind === 'file' && entry.executable ? '100755' : '100644';
}

/** As git quotes names with `core.quotePath=false`: a quote, a backslash, and what would act on a terminal. */
function quoteName(name: string): string {
  if (!/["\\]/.test(name) && escapeText(name) === name) return name;
  const bytes = [...Buffer.from(name)].map((byte) => {
    if (byte === 0x22 || byte === 0x5c) return `\\${String.fromCharCode(byte)}`;
    return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`;
  });
  return `"${bytes.join('')}"`;
}
