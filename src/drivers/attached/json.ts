/** Reads JSON that another version may have structured differently. Pure; nothing throws. */

export type Json = unknown;

/** The value at these keys; undefined if one is missing. */
export function at(value: Json, ...keys: readonly (string | number)[]): Json {
  let here: Json = value;
  for (const key of keys) {
    if (typeof here !== 'object' || here === null) return undefined;
    here = (here as Readonly<Record<string | number, Json>>)[key];
  }
  return here;
}

/** A text, or else undefined. */
export const text = (value: Json): string | undefined => (typeof value === 'string' ? value : undefined);

/** A number, or else undefined. */
export const number = (value: Json): number | undefined => (typeof value === 'number' ? value : undefined);

/** A list; any other value becomes an empty list. */
export const list = (value: Json): readonly Json[] =>
  Array.isArray(value) ? (value as readonly Json[]) : [];

/** The texts of a list. */
export const texts = (value: Json): readonly string[] => list(value).flatMap((one) => text(one) ?? []);

/** Parses a program's output; undefined if it is not JSON. */
export function parse(said: string): Json {
  try {
    return JSON.parse(said) as Json;
  } catch {
    return undefined;
  }
}
