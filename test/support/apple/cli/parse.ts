import { UsageFailure } from '../failure.ts';
import { isAtLeast } from '../settings.ts';

/** The arguments of one subcommand, read as swift-argument-parser reads them, from a table of what there is. */

export type ValueKind = 'text' | 'integer' | 'unsigned' | 'list-format' | 'progress';

export interface Option {
  /** With its dashes; the first is the one that errors name. */
  readonly names: readonly string[];
  /** Undefined: a flag. */
  readonly value?: ValueKind;
  /** What the value is called in errors. */
  readonly valueName?: string;
  readonly isRepeatable?: boolean;
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
}

export interface Parsed {
  readonly positional: readonly string[];
  readonly rest: readonly string[];
  has(name: string): boolean;
  /** The last value given. */
  value(name: string): string | undefined;
  values(name: string): readonly string[];
}

const FORMATS: Readonly<Record<ValueKind, RegExp>> = {
  text: /^/,
  integer: /^[+-]?\d+$/,
  unsigned: /^\+?\d+$/,
  'list-format': /^(json|table|yaml|toml)$/,
  progress: /^(none|ansi|plain|color|auto)$/,
};

/** Reads them. @throws UsageFailure */
export function parseArguments(shape: Shape, args: readonly string[], version: string): Parsed {
  const found = new Map<Option, string[]>();
  const positional: string[] = [];
  const rest: string[] = [];
  const queue = [...args];
  const known = shape.options.filter(({ since }) => since === undefined || isAtLeast(version, since));
  for (let text = queue.shift(); text !== undefined; text = queue.shift()) {
    if (shape.rest === 'program' && positional.length === shape.required.length) {
      rest.push(text, ...queue.splice(0));
    } else if (text === '--') {
      positional.push(...queue.splice(0));
    } else if (text.startsWith('-') && text !== '-') {
      readOption({ known, found }, text, queue);
    } else {
      positional.push(text);
    }
  }
  return checked(shape, { found, positional, rest });
}

interface Reading {
  readonly known: readonly Option[];
  readonly found: Map<Option, string[]>;
}

function readOption({ known, found }: Reading, text: string, queue: string[]): void {
  const [name = '', ...after] = text.split('=');
  const option = known.find(({ names }) => names.includes(name));
  if (option === undefined) {
    const letters = /^-([A-Za-z]{2,})$/.exec(text)?.[1];
    const flags = [...(letters ?? '')].map((letter) =>
      known.find(({ names }) => names.includes(`-${letter}`)),
    );
    if (letters === undefined || flags.some((flag) => flag === undefined || flag.value !== undefined))
      throw new UsageFailure(`Unknown option '${name}'`);
    for (const flag of flags) if (flag !== undefined) found.set(flag, ['']);
    return;
  }
  const given = after.length > 0 ? after.join('=') : undefined;
  if (option.value === undefined) {
    if (given !== undefined)
      throw new UsageFailure(`The option '${name}' does not take a value, but '${given}' was specified.`);
    found.set(option, ['']);
    return;
  }
  const next = given ?? takeValue(queue);
  const shown = `${name} <${option.valueName ?? name.replaceAll('-', '')}>`;
  if (next === undefined) throw new UsageFailure(`Missing value for '${shown}'`);
  if (!FORMATS[option.value].test(next))
    throw new UsageFailure(`The value '${next}' is invalid for '${shown}'`);
  found.set(option, [...(found.get(option) ?? []), next]);
}

/** A value does not begin with a dash, unless it is one dash or a number's. */
function takeValue(queue: string[]): string | undefined {
  const [next] = queue;
  return next === undefined || /^-[^\d]/.test(next) ? undefined : queue.shift();
}

function checked(
  { required, rest: kind }: Shape,
  {
    found,
    positional,
    rest,
  }: Pick<Parsed, 'positional' | 'rest'> & { readonly found: Map<Option, string[]> },
): Parsed {
  const missing = required[positional.length];
  if (missing !== undefined) throw new UsageFailure(`Missing expected argument '<${missing}>'`);
  const extra = kind === 'none' ? positional.slice(required.length) : [];
  if (extra.length === 1) throw new UsageFailure(`Unexpected argument '${extra[0]}'`);
  if (extra.length > 1)
    throw new UsageFailure(
      `${extra.length} unexpected arguments: ${extra.map((each) => `'${each}'`).join(', ')}`,
    );
  const values = (name: string): readonly string[] =>
    [...found].find(([{ names }]) => names.includes(name))?.[1] ?? [];
  return {
    positional: positional.slice(0, required.length),
    rest: kind === 'program' ? rest : positional.slice(required.length),
    has: (name) => values(name).length > 0,
    value: (name) => values(name).at(-1),
    values,
  };
}
