/** Access to data of unknown shape. */

export type DataMap = Readonly<Record<string, unknown>>;

/** Returns whether a value is a map, rather than a list or a scalar. */
export const isMap = (value: unknown): value is DataMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Returns the entries of a map that are maps themselves; none if the value is no map. */
export const entriesOf = (value: unknown): [string, DataMap][] =>
  isMap(value) ? Object.entries(value).filter((entry): entry is [string, DataMap] => isMap(entry[1])) : [];

/** Returns the elements of a list that are maps, with their indexes; none if the value is no list. */
export const itemsOf = (value: unknown): [number, DataMap][] =>
  Array.isArray(value)
    ? [...value.entries()].filter((item): item is [number, DataMap] => isMap(item[1]))
    : [];
