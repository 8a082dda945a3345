import { Failure, goQuoted } from '../failure.ts';

/** Flags as spf13/pflag and spf13/cobra read them (flag.go, string_array.go, string_slice.go, args.go), from a table of what there is. */

export type FlagKind = 'string' | 'bool' | 'int' | 'uint' | 'float' | 'duration' | 'slice' | 'array';

export interface Flag {
  readonly name: string;
  /** One letter. */
  readonly short?: string;
  readonly kind: FlagKind;
  readonly default?: string;
}

export interface Parsed {
  readonly rest: readonly string[];
  text(name: string): string;
  number(name: string): number;
  is(name: string): boolean;
  list(name: string): readonly string[];
  /** Whether it was given at all. */
  changed(name: string): boolean;
}

export interface Options {
  readonly flags: readonly Flag[];
  /** Whether flags may follow what is no flag (pflag: SetInterspersed). */
  readonly interspersed: boolean;
}

const PATTERNS: Readonly<Partial<Record<FlagKind, { readonly pattern: RegExp; readonly parser: string }>>> = {
  bool: { pattern: /^(1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/, parser: 'ParseBool' },
  int: { pattern: /^[+-]?(\d+|0[xX][0-9a-fA-F]+)$/, parser: 'ParseInt' },
  uint: { pattern: /^\d+$/, parser: 'ParseUint' },
  float: { pattern: /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/, parser: 'ParseFloat' },
};

interface Reading {
  readonly options: Options;
  readonly found: Map<Flag, string[]>;
  readonly queue: string[];
}

/** Reads them. @throws Failure */
export function parseFlags(options: Options, args: readonly string[]): Parsed {
  const reading: Reading = { options, found: new Map(), queue: [...args] };
  const rest: string[] = [];
  for (let text = reading.queue.shift(); text !== undefined; text = reading.queue.shift()) {
    if (text === '--') {
      rest.push(...reading.queue.splice(0));
    } else if (!text.startsWith('-') || text === '-') {
      rest.push(text);
      if (!options.interspersed) rest.push(...reading.queue.splice(0));
    } else if (text.startsWith('--')) readLong(reading, text);
    else readShort(reading, text);
  }
  return parsed(options, reading.found, rest);
}

function readLong(reading: Reading, text: string): void {
  const [name = '', ...after] = text.slice(2).split('=');
  if (name === '' || name.startsWith('-')) throw new Failure(`bad flag syntax: ${text}`);
  const flag = reading.options.flags.find((each) => each.name === name);
  if (flag === undefined) throw new Failure(`unknown flag: --${name}`);
  if (after.length > 0) return set(reading, flag, after.join('='));
  if (flag.kind === 'bool') return set(reading, flag, 'true');
  const next = reading.queue.shift();
  if (next === undefined) throw new Failure(`flag needs an argument: --${name}`);
  set(reading, flag, next);
}

function readShort(reading: Reading, text: string): void {
  for (let letters = text.slice(1); letters !== '';) {
    const letter = letters.charAt(0);
    const after = letters.slice(1);
    const flag = reading.options.flags.find(({ short }) => short === letter);
    if (flag === undefined) throw new Failure(`unknown shorthand flag: '${letter}' in -${letters}`);
    if (after.length > 1 && after.startsWith('=')) return set(reading, flag, after.slice(1));
    if (flag.kind === 'bool') {
      set(reading, flag, 'true');
      letters = after;
      continue;
    }
    const value = after === '' ? reading.queue.shift() : after;
    if (value === undefined) throw new Failure(`flag needs an argument: '${letter}' in -${letters}`);
    return set(reading, flag, value);
  }
}

function set({ found }: Reading, flag: Flag, value: string): void {
  const { pattern, parser } = PATTERNS[flag.kind] ?? {};
  if (pattern !== undefined && !pattern.test(value)) {
    const name = flag.short === undefined ? `--${flag.name}` : `-${flag.short}, --${flag.name}`;
    const why = `strconv.${parser}: parsing ${goQuoted(value)}: invalid syntax`;
    throw new Failure(`invalid argument ${goQuoted(value)} for "${name}" flag: ${why}`);
  }
  const before = found.get(flag) ?? [];
  found.set(flag, [...before, ...(flag.kind === 'slice' ? fieldsOf(value) : [value])]);
}

/** One record of comma-separated values (pflag: readAsCSV). */
function fieldsOf(text: string): string[] {
  if (text === '') return [];
  const fields = text.match(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g) ?? [];
  const all = text.endsWith(',') ? fields : fields.slice(0, -1);
  return all.map((field) =>
    field.replace(/,$/, '').replace(/^"(.*)"$/s, (_, inner: string) => inner.replaceAll('""', '"')),
  );
}

function parsed(
  { flags }: Options,
  found: ReadonlyMap<Flag, readonly string[]>,
  rest: readonly string[],
): Parsed {
  const valuesOf = (name: string): readonly string[] | undefined => {
    const flag = flags.find((each) => each.name === name);
    if (flag === undefined) throw new Error(`no such flag in the table: ${name}`);
    return found.get(flag) ?? (flag.default === undefined ? undefined : [flag.default]);
  };
  const text = (name: string): string => valuesOf(name)?.at(-1) ?? '';
  return {
    rest,
    text,
    number: (name) => Number(text(name)),
    is: (name) => /^[1tT]/.test(text(name)),
    list: (name) => {
      const values = valuesOf(name) ?? [];
      // An array goes through CSV, where one empty field is nothing at all (pflag: stringArrayConv).
      return values.length === 1 && values[0] === '' ? [] : values;
    },
    changed: (name) => found.has(flags.find((each) => each.name === name) ?? missing(name)),
  };
}

const missing = (name: string): never => {
  throw new Error(`no such flag in the table: ${name}`);
};

/** How many arguments there must be (cobra: args.go). @throws Failure */
export function atLeast(count: number, rest: readonly string[]): void {
  if (rest.length < count)
    throw new Failure(`requires at least ${count} arg(s), only received ${rest.length}`);
}
