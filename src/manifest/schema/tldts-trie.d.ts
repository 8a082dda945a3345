/**
 * The trie in which tldts looks names up; the package keeps its types elsewhere. Each edge is a label, from the last
 * label of a name to the first.
 */
declare module 'tldts/dist/cjs/src/data/trie.js' {
  /** By node: 0 if the node's name is no suffix. */
  export const nodeFlags: Uint8Array;
  /** By node: its first edge. A node's edges end where the next node's begin. */
  export const edgeStart: Uint16Array;
  export const edgeChild: Uint16Array;
  /** By edge: the length of its label in `labelText`, which holds all labels in the order of the edges. */
  export const edgeLength: Uint8Array;
  export const labelText: string;
  export const rulesRoot: number;
  /** Names that the list excludes from a wildcard. */
  export const exceptionsRoot: number;
}
