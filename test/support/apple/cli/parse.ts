import { UsageFailure } from '../failure.ts';
import { isAtLeast } from '../settings.ts';

/**
 * The arguments of one subcommand, read as swift-argument-parser reads them (ArgumentSet.swift, UsageGenerator.swift), from a table
 * of what there is. Its `Help:` lines are not imitated.
 */

export type ValueKind = 'text' | 'integer' | 'unsigned' | 'list-format' | 'progress';

export interface Option {
  /** With its dashes; the first is the one that its value is called after. */
  readonly names: readonly [string, ...string[]];
  /** Undefined: a flag. */
  readonly value?: ValueKind;
  /** What the value is called in errors. */
  readonly valueName?: string;
  /** The first version that has it; default: all. */
  readonly since?: string;
}

export interface Shape {
  readonly options: readonly Option[];
  /** Names of positional arguments, as errors have them. */
  readonly required: readonly string[];
  /** `program`: all that follows belongs to a program, whatever it looks like. */
  readonly rest: 'none' | 'many' | 'program';
  /** As the usage line has it, after `container `. */
  readonly usage: string;
  /** What `rest` is called, where there must be one. */
  readonly restName?: string | undefined;
}

export interface Parsed {
  readonly positional: readonly string[];
  readonly rest: readonly string[];
  has(name: string): boolean;
  /** The last value given. */
  value(name: string): string | undefined;
  values(name: string): readonly string[];
}

interface Format {
  readonly pattern: RegExp;
  /** What the error says besides. */
  readonly hint: string;
}

const FORMATS: Readonly<Record<ValueKind, Format>> = {
  text: { pattern: /^/, hint: '' },
  integer: { pattern: /^[+-]?\d+$/, hint: '' },
  unsigned: { pattern: /^\+?\d+$/, hint: '' },
  'list-format': { pattern: /^(json|table|yaml|toml)$/, hint: ". Please provide one of 'json' and 'table'." },
  progress: { pattern: /^(none|ansi|plain|color|auto)$/, hint: ". Please provide one of 'none' and 'ansi'." },
};

interface Reading {
  readonly known: readonly Option[];
  readonly found: Map<Option, string[]>;
  readonly queue: string[];
}

/** Reads them. @throws UsageFailure */
export function parseArguments(shape: Shape, args: readonly string[], version: string): Parsed {
  const known = shape.options.filter(({ since }) => since === undefined || isAtLeast(version, since));
  const reading: Reading = { known, found: new Map(), queue: [...args] };
  const { queue } = reading;
  const positional: string[] = [];
  const rest: string[] = [];
  for (let text = queue.shift(); text !== undefined; text = queue.shift()) {
    if (shape.rest === 'program' && positional.length === shape.required.length) {
      rest.push(text, ...queue.splice(0));
    } else if (text === '--') {
      positional.push(...queue.splice(0));
    } else if (text.startsWith('-') && text !== '-') {
      for (const part of partsOf(text, known)) readOption(reading, part);
    } else {
      positional.push(text);
    }
  }
  return checked(shape, { found: reading.found, positional, rest });
}

/** `-it` is `-i -t`, unless it is the name of one. */
function partsOf(text: string, known: readonly Option[]): readonly string[] {
  const letters = /^-([A-Za-z]{2,})$/.exec(text)?.[1];
  const isOne = letters === undefined || known.some(({ names }) => names.includes(text));
  return isOne ? [text] : letters.split('').map((letter) => `-${letter}`);
}

function readOption({ known, found, queue }: Reading, text: string): void {
  const [name = '', ...after] = text.split('=');
  const option = known.find(({ names }) => names.includes(name));
  if (option === undefined) throw new UsageFailure(`Unknown option '${name}'${suggestion(known, name)}`);
  const given = after.length > 0 ? after.join('=') : undefined;
  if (option.value === undefined) {
    if (given !== undefined)
      throw new UsageFailure(`The option '${name}' does not take any value, but '${given}' was specified.`);
    found.set(option, ['']);
    return;
  }
  const next = given ?? takeValue(queue);
  const shown = `${name} <${option.valueName ?? option.names[0].replace(/^-+/, '')}>`;
  if (next === undefined) throw new UsageFailure(`Missing value for '${shown}'`);
  const { pattern, hint } = FORMATS[option.value];
  if (!pattern.test(next)) throw new UsageFailure(`The value '${next}' is invalid for '${shown}'${hint}`);
  found.set(option, [...(found.get(option) ?? []), next]);
}

/** A value does not begin with a dash, unless it is one. */
const takeValue = (queue: string[]): string | undefined =>
  queue[0] === undefined || /^-./.test(queue[0]) ? undefined : queue.shift();

const MOST_DISTANCE = 3;

/** The long name that is nearest, for a long one. */
function suggestion(known: readonly Option[], name: string): string {
  if (!name.startsWith('--')) return '';
  const near = known
    .flatMap(({ names }) => names.filter((each) => each.startsWith('--')))
    .map((each) => ({ each, distance: distanceOf(each, name) }))
    .filter(({ distance }) => distance <= MOST_DISTANCE)
    .sort((a, b) => a.distance - b.distance)[0];
  return near === undefined ? '' : `. Did you mean '${near.each}'?`;
}

/** How many letters must be put in, left out or changed. */
function distanceOf(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [index, letter] of one.split('').entries()) {
    const next = [index + 1];
    for (const [column, with_] of other.split('').entries()) {
      const changed = (row[column] ?? 0) + (letter === with_ ? 0 : 1);
      next.push(Math.min(changed, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

interface Found {
  readonly found: ReadonlyMap<Option, readonly string[]>;
  readonly positional: readonly string[];
  readonly rest: readonly string[];
}

function checked({ required, rest: kind, restName }: Shape, { found, positional, rest }: Found): Parsed {
  const after = kind === 'program' ? rest : positional.slice(required.length);
  const missing = required[positional.length] ?? (after.length === 0 ? restName : undefined);
  if (missing !== undefined)
    throw new UsageFailure(`Missing expected argument '<${missing}>${missing === restName ? ' ...' : ''}'`);
  const extra = kind === 'none' ? after : [];
  if (extra.length === 1) throw new UsageFailure(`Unexpected argument '${extra[0]}'`);
  if (extra.length > 1)
    throw new UsageFailure(`${extra.length} unexpected arguments: '${extra.join("', '")}'`);
  const values = (name: string): readonly string[] =>
    [...found].find(([{ names }]) => names.includes(name))?.[1] ?? [];
  return {
    positional: positional.slice(0, required.length),
    rest: after,
    has: (name) => values(name).length > 0,
    value: (name) => values(name).at(-1),
    values,
  };
}
