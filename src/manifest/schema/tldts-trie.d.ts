/**
 * The list as tldts looks names up in it; its types lie elsewhere in the package. Node by node, label by label, the last
 * label of a name first.
 */
declare module 'tldts/dist/cjs/src/data/trie.js' {
  /** Of a node: 0 where the name that leads to it is no suffix. */
  export const nodeFlags: Uint8Array;
  /** Of a node: the first of its edges; those of the next node begin where they end. */
  export const edgeStart: Uint16Array;
  export const edgeChild: Uint16Array;
  /** Of an edge: how long its label is in `labelText`, where all labels stand in the order of the edges. */
  export const edgeLength: Uint8Array;
  export const labelText: string;
  export const rulesRoot: number;
  /** Names that a wildcard of the list does not mean. */
  export const exceptionsRoot: number;
}
