import { Failure } from './failure.ts';

/** The flags that the driver uses, by subcommand; the stand-in refuses all others. A flag with `=` takes a value. */
const FLAGS: Readonly<Record<string, string>> = {
  build: 'label= tag= file=',
  'container inspect': 'mode=',
  create: `name= label= runtime= network= pull= restart= user= workdir= read-only security-opt= cap-drop= cap-add=
    cpus= memory= memory-swap= pids-limit= cgroupns= ipc= no-healthcheck log-opt= tmpfs= mount= entrypoint=`,
  exec: 'interactive user= workdir=',
  'image inspect': 'mode=',
  kill: 'signal=',
  load: 'input=',
  ps: 'all format=',
  pull: '',
  rm: 'force',
  start: '',
  version: 'format=',
};

export interface Call {
  /** The subcommand: `create`, `image inspect`. */
  readonly verb: string;
  /** Returns all values of a flag, in order; a flag without a value has `true`. */
  all(flag: string): readonly string[];
  /** Returns the last value of a flag; empty if the call lacks it. */
  last(flag: string): string;
  readonly rest: readonly string[];
}

/** Parses arguments as cobra and pflag do; flags end at the first word that is not a flag. @throws Failure */
export function parseCall(args: readonly string[]): Call {
  const isGroup = args[0] === 'container' || args[0] === 'image';
  const verb = args.slice(0, isGroup ? 2 : 1).join(' ');
  const known = FLAGS[verb]?.split(/\s+/);
  if (known === undefined) throw new Failure(`unknown subcommand "${verb}" for "nerdctl"`);
  const values = new Map<string, string[]>();
  const rest = args.slice(isGroup ? 2 : 1);
  while (rest[0]?.startsWith('-') === true) {
    const [, name = '', inline] = /^--([a-z-]+)(?:=(.*))?$/s.exec(rest.shift() ?? '') ?? [];
    const takesValue = known.includes(`${name}=`);
    if (!takesValue && !known.includes(name)) throw new Failure(`unknown flag: --${name}`);
    const value = inline ?? (takesValue ? rest.shift() : 'true');
    if (value === undefined) throw new Failure(`flag needs an argument: --${name}`);
    values.set(name, [...(values.get(name) ?? []), value]);
  }
  const all: Call['all'] = (flag) => values.get(flag) ?? [];
  return { verb, all, last: (flag) => all(flag).at(-1) ?? '', rest };
}
