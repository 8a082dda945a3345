import {
  edgeChild,
  edgeLength,
  edgeStart,
  exceptionsRoot,
  labelText,
  nodeFlags,
  rulesRoot,
} from 'tldts/dist/cjs/src/data/trie.js';

/** Names under which anybody can get a name of their own: publicsuffix.org, with its private section (docs/adr/0096). */

/**
 * Whether a wildcard covers hosts of people who have nothing to do with each other: over a public suffix, or over a name
 * with one below it, as `s3.amazonaws.com` is below `amazonaws.com`. False for what is no wildcard.
 */
export function isTooWide(host: string): boolean {
  if (!host.startsWith('*.')) return false;
  const labels = host.slice(2).toLowerCase().replace(/\.$/, '').split('.').toReversed();
  if (isListed(nodeAt(exceptionsRoot, labels))) return false;
  const node = nodeAt(rulesRoot, labels);
  // A last label that the list does not have counts as a suffix: its rule "If no rules match, the prevailing rule is `*`".
  return node === undefined ? labels.length === 1 : isListed(node) || edgesOf(node).size > 0;
}

/** Whether the name that leads to this node stands in the list, and is not only on the way to others. */
const isListed = (node: number | undefined): boolean => node !== undefined && nodeFlags[node] !== 0;

/** The node that these labels lead to, from the last one of a name to its first. */
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

/** Where each label begins in `labelText`; made when the first wildcard is judged. */
let offsets: Uint32Array | undefined;

function offsetsOf(lengths: Uint8Array): Uint32Array {
  const starts = new Uint32Array(lengths.length);
  lengths.forEach((_, edge) => {
    if (edge > 0) starts[edge] = (starts[edge - 1] ?? 0) + (lengths[edge - 1] ?? 0);
  });
  return starts;
}
