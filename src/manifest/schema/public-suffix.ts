import { getPublicSuffix } from 'tldts';
import { edgeChild, edgeLength, edgeStart, labelText, rulesRoot } from 'tldts/dist/cjs/src/data/trie.js';

/** Names under which anybody can get a name of their own: publicsuffix.org, with its private section (docs/adr/0096). */

const OPTIONS = { allowPrivateDomains: true, validateHostname: false } as const;

/** Whether a wildcard covers hosts of people who have nothing to do with each other. False for what is no wildcard. */
export function isTooWide(host: string): boolean {
  if (!host.startsWith('*.')) return false;
  const name = host.slice(2).toLowerCase().replace(/\.$/, '');
  return getPublicSuffix(name, OPTIONS) === name || hasSuffixBelow(name);
}

/** `amazonaws.com` is nobody's suffix, and `s3.amazonaws.com` is one. */
function hasSuffixBelow(name: string): boolean {
  let node: number | undefined = rulesRoot;
  for (const label of name.split('.').toReversed()) {
    const edge: number | undefined = edgesOf(node).get(label) ?? edgesOf(node).get('*');
    if (edge === undefined) return false;
    node = edgeChild[edge] ?? rulesRoot;
  }
  return edgesOf(node).size > 0;
}

/** The edges of a node of the list's trie, by label; the labels of a name are its steps, the last one first. */
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
