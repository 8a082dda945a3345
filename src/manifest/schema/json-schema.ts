import * as z from 'zod';
import type { KeyPath } from '../text/document.ts';
import { MANIFEST_SCHEMA } from './schema.ts';

/** The parts of a JSON Schema that this file reads. */
export interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly enum?: readonly string[];
  readonly description?: string;
}

/** Returns the JSON Schema of a manifest: draft 7, which the YAML language server supports. */
export const manifestJsonSchema = (): JsonSchema =>
  (derived ??= z.toJSONSchema(MANIFEST_SCHEMA, { target: 'draft-7', io: 'input' }) as JsonSchema);

/** Derived on demand: that takes some milliseconds, and a manifest without mistakes does not need it. */
let derived: JsonSchema | undefined;

/** Returns the keys that a map at this path may have; none if the path needs no map. */
export const keysAllowedAt = (path: KeyPath): readonly string[] =>
  schemasAt(path).flatMap(alternatives).flatMap(keysOf);

/** Returns the words that a value at this path may be; none if the value is not one of fixed words. */
export const wordsAllowedAt = (path: KeyPath): readonly string[] =>
  schemasAt(path)
    .flatMap(alternatives)
    .flatMap((schema) => schema.enum ?? []);

/** Returns the schema's description of the key at this path. */
export const descriptionAt = (path: KeyPath): string | undefined => schemasAt(path)[0]?.description;

/** Returns every key with a place where it may occur, such as `bottles.NAME.resources`; the top is an empty string. */
export function keyHomes(): ReadonlyMap<string, string> {
  const homes = new Map<string, string>();
  collectHomes(manifestJsonSchema(), [], homes);
  return homes;
}

function schemasAt(path: KeyPath): readonly JsonSchema[] {
  let schemas: readonly JsonSchema[] = [manifestJsonSchema()];
  for (const step of path) schemas = schemas.flatMap((schema) => below(schema, step));
  return schemas;
}

const alternatives = (schema: JsonSchema): readonly JsonSchema[] => schema.anyOf ?? [schema];

const keysOf = (schema: JsonSchema): string[] => Object.keys(schema.properties ?? {});

function below(schema: JsonSchema, step: string | number): readonly JsonSchema[] {
  return alternatives(schema).flatMap((option) => {
    if (typeof step === 'number') return option.items ?? [];
    return option.properties?.[step] ?? valuesOf(option);
  });
}

const valuesOf = (schema: JsonSchema): readonly JsonSchema[] =>
  typeof schema.additionalProperties === 'object' ? [schema.additionalProperties] : [];

function collectHomes(schema: JsonSchema, path: readonly string[], homes: Map<string, string>): void {
  for (const option of alternatives(schema)) {
    for (const key of keysOf(option)) if (!homes.has(key)) homes.set(key, path.join('.'));
    for (const [key, value] of Object.entries(option.properties ?? {}))
      collectHomes(value, [...path, key], homes);
    for (const value of valuesOf(option)) collectHomes(value, [...path, 'NAME'], homes);
    if (option.items !== undefined) collectHomes(option.items, path, homes);
  }
}
