/** Compares two texts line by line. */

const CONTEXT_LINES = 2;

/** Limit in pairs of lines. Above it, all differing lines are shown as removed and added. */
const MOST_COMPARED = 4_000_000;

/**
 * Returns lines with the prefix `- `, `+ ` or two spaces, and `...` for omitted equal lines; empty if nothing differs.
 */
export function lineDifference(before: string, after: string): readonly string[] {
  const [old, young] = [before.split('\n'), after.split('\n')];
  const start = commonLength(old, young);
  const end = commonLength(old.slice(start).toReversed(), young.slice(start).toReversed());
  const lines = [
    ...old.slice(0, start).map((line) => `  ${line}`),
    ...compare(old.slice(start, old.length - end), young.slice(start, young.length - end)),
    ...old.slice(old.length - end).map((line) => `  ${line}`),
  ];
  return withoutFarLines(lines);
}

function commonLength(a: readonly string[], b: readonly string[]): number {
  const differing = a.findIndex((line, index) => line !== b[index]);
  return Math.min(differing === -1 ? a.length : differing, b.length);
}

function compare(old: readonly string[], young: readonly string[]): string[] {
  if (old.length * young.length > MOST_COMPARED) {
    return [...old.map((line) => `- ${line}`), ...young.map((line) => `+ ${line}`)];
  }
  const common = commonTable(old, young);
  const lines: string[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < young.length) {
    if (i < old.length && j < young.length && old[i] === young[j]) {
      lines.push(`  ${old[i]}`);
      i += 1;
      j += 1;
    } else if (i < old.length && (common[i + 1]?.[j] ?? 0) >= (common[i]?.[j + 1] ?? 0)) {
      lines.push(`- ${old[i]}`);
      i += 1;
    } else {
      lines.push(`+ ${young[j]}`);
      j += 1;
    }
  }
  return lines;
}

/** `table[i][j]`: the number of common lines in the rests from i and from j (longest common subsequence). */
function commonTable(old: readonly string[], young: readonly string[]): readonly Uint32Array[] {
  const table = Array.from({ length: old.length + 1 }, () => new Uint32Array(young.length + 1));
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = young.length - 1; j >= 0; j--) {
      const [row, below] = [table[i], table[i + 1]];
      if (row === undefined || below === undefined) continue;
      row[j] = old[i] === young[j] ? (below[j + 1] ?? 0) + 1 : Math.max(below[j] ?? 0, row[j + 1] ?? 0);
    }
  }
  return table;
}

function withoutFarLines(lines: readonly string[]): readonly string[] {
  const isChange = (line: string | undefined): boolean => line !== undefined && !line.startsWith('  ');
  const near = new Set<number>();
  lines.forEach((line, index) => {
    if (!isChange(line)) return;
    for (let n = index - CONTEXT_LINES; n <= index + CONTEXT_LINES; n++) near.add(n);
  });
  if (near.size === 0) return [];
  return lines.flatMap((line, index) => {
    if (near.has(index)) return [line];
    return index === 0 || near.has(index - 1) ? ['...'] : [];
  });
}
