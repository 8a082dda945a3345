import {
  edgeChild,
  edgeLength,
  edgeStart,
  exceptionsRoot,
  labelText,
  nodeFlags,
  rulesRoot,
} from 'tldts/dist/cjs/src/data/trie.js';

/** Names under which anybody can register a name: publicsuffix.org, with its private section (docs/adr/0097). */

/**
 * Returns whether a wildcard covers hosts of unrelated owners: its name is a public suffix, or has one below it, as
 * `amazonaws.com` has `s3.amazonaws.com`. Returns false for a host without a wildcard.
 */
export function isTooWide(host: string): boolean {
  if (!host.startsWith('*.')) return false;
  const labels = host.slice(2).toLowerCase().replace(/\.$/, '').split('.').toReversed();
  if (isListed(nodeAt(exceptionsRoot, labels))) return false;
  const node = nodeAt(rulesRoot, labels);
  // A top-level label that is not in the list counts as a suffix. The list's rule is "If no rules match, the prevailing
  // rule is `*`".
  return node === undefined ? labels.length === 1 : isListed(node) || edgesOf(node).size > 0;
}

/** Whether the list contains this node's name, and does not only pass through it. */
const isListed = (node: number | undefined): boolean => node !== undefined && nodeFlags[node] !== 0;

/** Follows the labels of a name from last to first and returns their node. */
function nodeAt(root: number, labels: readonly string[]): number | undefined {
  let node: number | undefined = root;
  for (const label of labels) {
    const edges = edgesOf(node);
    const edge: number | undefined = edges.get(label) ?? edges.get('*');
    node = edge === undefined ? undefined : edgeChild[edge];
    if (node === undefined) return undefined;
  }
  return node;
}

/** The edges of a node, by label. */
function edgesOf(node: number): ReadonlyMap<string, number> {
  offsets ??= offsetsOf(edgeLength);
  const edges = new Map<string, number>();
  for (let edge = edgeStart[node] ?? 0; edge < (edgeStart[node + 1] ?? 0); edge += 1) {
    const start = offsets[edge] ?? 0;
    edges.set(labelText.slice(start, start + (edgeLength[edge] ?? 0)), edge);
  }
  return edges;
}

/** The start of each label in `labelText`; computed for the first wildcard. */
let offsets: Uint32Array | undefined;

function offsetsOf(lengths: Uint8Array): Uint32Array {
  const starts = new Uint32Array(lengths.length);
  lengths.forEach((_, edge) => {
    if (edge > 0) starts[edge] = (starts[edge - 1] ?? 0) + (lengths[edge - 1] ?? 0);
  });
  return starts;
}
