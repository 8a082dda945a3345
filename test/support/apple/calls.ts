/**
 * The calls of Apple's `container` that bot-bottle plans, and the options of each. Source: Flags.swift and the files
 * below Sources/ContainerCommands of apple/container 1.2.2. The stand-in refuses every other call and option, even if
 * Apple's has it.
 */

interface Shape {
  /** Options with a value. */
  readonly values: readonly string[];
  readonly flags: readonly string[];
}

const CREATE: Shape = {
  values:
    '--name --label --uid --gid --workdir --cpus --memory --ulimit --cap-drop --cap-add --network --mount --volume --publish-socket --env --entrypoint'.split(
      ' ',
    ),
  flags: ['--interactive', '--read-only', '--no-dns'],
};

const SHAPES = {
  create: CREATE,
  exec: { values: ['--uid', '--gid', '--workdir'], flags: ['--interactive'] },
  start: { values: [], flags: ['--attach', '--interactive'] },
  stop: { values: ['--time'], flags: [] },
  kill: { values: ['--signal'], flags: [] },
  delete: { values: [], flags: ['--force'] },
  ls: { values: ['--format'], flags: ['--all', '--quiet'] },
  build: { values: ['--label', '--tag', '--file', '--build-arg'], flags: [] },
  'image inspect': { values: [], flags: [] },
  'image load': { values: ['--input'], flags: [] },
  'system status': { values: ['--format'], flags: [] },
} as const satisfies Readonly<Record<string, Shape>>;

export type Verb = keyof typeof SHAPES;

/** A parsed call. */
export interface Call {
  readonly verb: Verb;
  /** In their order; a flag has an empty value. */
  readonly options: readonly (readonly [name: string, value: string])[];
  /** The words after the options. */
  readonly operands: readonly string[];
}

/** Parses a call. Options end at the first operand. @throws Error if bot-bottle does not plan such a call */
export function parseCall(args: readonly string[]): Call {
  const words = args[0] === 'image' || args[0] === 'system' ? 2 : 1;
  const verb = args.slice(0, words).join(' ');
  if (!isVerb(verb)) throw new Error(`no planned subcommand: ${verb}`);
  const { values, flags }: Shape = SHAPES[verb];
  const options: [string, string][] = [];
  let at = words;
  for (; args[at]?.startsWith('-') === true; at += 1) {
    const name = args[at] ?? '';
    if (flags.includes(name)) options.push([name, '']);
    else if (values.includes(name) && args[at + 1] !== undefined) options.push([name, args[(at += 1)] ?? '']);
    else throw new Error(`Unknown option '${name}' of ${verb}`);
  }
  return { verb, options, operands: args.slice(at) };
}

const isVerb = (word: string): word is Verb => word in SHAPES;

/** Returns all values of an option. */
export const valuesOf = ({ options }: Call, name: string): readonly string[] =>
  options.flatMap(([option, value]) => (option === name ? [value] : []));

/** Returns the one value of an option. @throws Error if there is none, or more than one */
export function valueOf(call: Call, name: string): string {
  const [value, ...more] = valuesOf(call, name);
  if (value === undefined || more.length > 0) throw new Error(`${call.verb} takes ${name} once`);
  return value;
}

export const hasFlag = ({ options }: Call, name: string): boolean =>
  options.some(([option]) => option === name);
