/**
 * The part of Swagger 2.0 that Firecracker's description uses, strictly: a property that the description lacks is a
 * problem, as it is for Firecracker, and so is an unknown word of the schema language.
 */

export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean;
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
}

type Definitions = Readonly<Record<string, Schema>>;
/** Returns the problems of a value at a place; empty if it fits. */
type Check = (value: unknown, place: string) => readonly string[];

const REF_PREFIX = '#/definitions/';
/** Words that do not restrict values; `format` restricts widths that JSON's numbers here do not reach. */
const NOTES = new Set(['description', 'default', 'example', 'format', 'readOnly']);

/** Returns the check for a schema. Pure. @throws Error if the schema has an unknown word */
export function checkOf(schema: Schema, definitions: Definitions): Check {
  if (schema.$ref !== undefined) {
    // Only notes stand beside a reference (Swagger 2.0 ignores other words there).
    const target = definitions[schema.$ref.slice(REF_PREFIX.length)];
    if (target === undefined) throw new Error(`there is no ${schema.$ref}`);
    return checkOf(target, definitions);
  }
  const checks = Object.keys(schema)
    .filter((word) => !NOTES.has(word))
    .map((word) => {
      const make = WORDS[word];
      if (make === undefined) throw new Error(`the word ${word} is not known`);
      return make(schema, definitions);
    });
  return (value, place) => checks.flatMap((check) => check(value, place));
}

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  object: isObject,
  array: Array.isArray,
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  integer: Number.isSafeInteger,
};

/** The check of each word of a schema. Only `type` reports values of another type. */
const WORDS: Readonly<Record<string, (schema: Schema, definitions: Definitions) => Check>> = {
  type: ({ type = '', properties, additionalProperties }) => {
    const fits = TYPES[type];
    if (fits === undefined) throw new Error(`the type ${type} is not known`);
    const isOpen = additionalProperties === true;
    return (value, place) =>
      !fits(value)
        ? [`${place} is no ${type}`]
        : isObject(value) && !isOpen
          ? unknownIn(value, properties ?? {}, place)
          : [];
  },
  required:
    ({ required = [] }) =>
    (value, place) =>
      !isObject(value)
        ? []
        : required.filter((name) => !(name in value)).map((name) => `${place} has no ${name}`),
  properties: ({ properties = {} }, definitions) => {
    const checks = Object.entries(properties).map(
      ([name, schema]) => [name, checkOf(schema, definitions)] as const,
    );
    return (value, place) =>
      !isObject(value)
        ? []
        : checks.flatMap(([name, check]) => (name in value ? check(value[name], `${place}.${name}`) : []));
  },
  additionalProperties: () => () => [], // with `type`
  items: ({ items = {} }, definitions) => {
    const check = checkOf(items, definitions);
    return (value, place) =>
      Array.isArray(value) ? value.flatMap((item, index) => check(item, `${place}[${index}]`)) : [];
  },
  enum:
    ({ enum: words = [] }) =>
    (value, place) =>
      words.includes(value) ? [] : [`${place} is none of ${words.join(', ')}`],
  minimum:
    ({ minimum = -Infinity }) =>
    (value, place) =>
      typeof value === 'number' && value < minimum ? [`${place} is below ${minimum}`] : [],
  maximum:
    ({ maximum = Infinity }) =>
    (value, place) =>
      typeof value === 'number' && value > maximum ? [`${place} is above ${maximum}`] : [],
};

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const unknownIn = (value: object, properties: object, place: string): readonly string[] =>
  Object.keys(value)
    .filter((name) => !Object.hasOwn(properties, name))
    .map((name) => `${place}.${name} is not known`);
