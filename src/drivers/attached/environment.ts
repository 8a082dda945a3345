import { BottleError } from '../../errors.ts';

/**
 * Variables that make a program run code from a folder of their choice, which the agent may control. The agent's first
 * program is affected too, as perl runs as root to start programs beside it. Sources: glibc's own list for set-user-ID
 * programs (unsecvars.h), perlrun(1), node(1).
 */
const OBEYED: readonly (readonly [program: RegExp, variable: RegExp])[] = [
  [/./, /^(?:LD_[A-Z_]+|GCONV_PATH|LOCPATH|GLIBC_TUNABLES|MALLOC_[A-Z_]+)=/],
  [/\/perl$/, /^PERL[A-Z0-9_]*=/],
  [/\/node$/, /^NODE_(?:OPTIONS|PATH)=/],
];

/**
 * Refuses variables that the started program would obey. `environment`: the variables of the program with these
 * arguments.
 * @throws BottleError `manifest`, with their names
 */
export function expectPlainEnvironment(argv: readonly string[], environment: readonly string[]): void {
  const program = argv[0] ?? '';
  const obeyed = OBEYED.flatMap(([who, variable]) => (who.test(program) ? [variable] : []));
  const found = environment.filter((one) => obeyed.some((variable) => variable.test(one)));
  if (found.length === 0) return;
  const names = found.map((one) => one.slice(0, one.indexOf('='))).join(', ');
  throw new BottleError('manifest', `the image sets ${names}, which ${program} in the machine would obey`, {
    fix: 'use an image without it (ENV of its Dockerfile), and set it for the agent alone: env of the bottle in the manifest',
  });
}
