import { escapeText } from '../ui/terminal/text.ts';
import type { StagedChange } from './stage.ts';
import type { Entry } from './tree.ts';

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

/**
 * The diff, in the bytes of the files: they need not be UTF-8.
 * @param numbered output of `git diff --no-index --no-prefix` as latin1, in which part 3 is called `old/3` and `new/3`
 */
export function renderDiff(parts: readonly StagedChange[], numbered: string): Buffer {
  const bodies = bodiesByNumber(numbered);
  return Buffer.concat(parts.flatMap((part, index) => renderPart(part, bodies.get(index) ?? NOTHING)));
}

/** Lines of content begin with a space, `+`, `-` or `\`, so that one that begins with this is never content. */
const HEADER = /^diff --git (?:old|new)\/(\d+) (?:old|new)\/\d+$/;

/** What git says of one file. */
interface Said {
  /** What it names both contents by: a binary patch is not applied without. None or one. */
  readonly names: string[];
  readonly body: string[];
}

const BEGINS_BODY = /^(?:@@|Binary files |GIT binary patch$)/;

function bodiesByNumber(numbered: string): Map<number, Said> {
  const bodies = new Map<number, Said>();
  let said: Said = { names: [], body: [] };
  for (const line of numbered.split('\n')) {
    const [, number] = HEADER.exec(line) ?? [];
    if (number !== undefined) bodies.set(Number(number), (said = { names: [], body: [] }));
    else if (said.body.length > 0 || BEGINS_BODY.test(line)) said.body.push(line);
    else if (line.startsWith('index ')) said.names.push(...(/^index \S+/.exec(line) ?? []));
  }
  return bodies;
}

function renderPart(
  { path, before, after, afterPath }: StagedChange,
  { names, body }: Said,
): readonly Buffer[] {
  let content: readonly string[] = [];
  const index = names.map((line) => line + keptMode(before, after));
  const [oldName, newName] = [quoteName(`a/${path}`), quoteName(`b/${path}`)];
  const oldSide = before === undefined ? '/dev/null' : oldName;
  const newSide = after === undefined ? '/dev/null' : newName;
  const lines = [`diff --git ${oldName} ${newName}`, ...modeLines(before, after)];
  if (after?.kind === 'special') lines.push(`Special file (${after.what}): it cannot be shown or applied`);
  else if (after?.kind === 'file' && afterPath === undefined)
    lines.push(`File of ${after.size} bytes: too large to be shown or applied`);
  else if (body[0]?.startsWith('Binary') === true)
    lines.push(...index, `Binary files ${oldSide} and ${newSide} differ`);
  else if (body[0] === 'GIT binary patch') content = [...index, body.join('\n').trimEnd(), ''];
  else if (body.length > 0) {
    lines.push(...index, `--- ${oldSide}`, `+++ ${newSide}`);
    content = body.at(-1) === '' ? body.slice(0, -1) : body;
  }
  return [toBytes(lines, 'utf8'), toBytes(content, 'latin1')];
}

const NOTHING: Said = { names: [], body: [] };

const toBytes = (lines: readonly string[], encoding: 'utf8' | 'latin1'): Buffer =>
  Buffer.from(lines.map((line) => `${line}\n`).join(''), encoding);

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
