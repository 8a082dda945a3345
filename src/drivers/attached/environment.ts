import { BottleError } from '../../errors.ts';

/**
 * Variables by which a program runs code from where they say, which may be a folder of the agent's; and the agent's first program, as
 * what starts a program beside it, is perl as root. glibc's own list for set-user-ID programs (unsecvars.h), perlrun(1), node(1).
 */
const OBEYED: readonly (readonly [program: RegExp, variable: RegExp])[] = [
  [/./, /^(?:LD_[A-Z_]+|GCONV_PATH|LOCPATH|GLIBC_TUNABLES|MALLOC_[A-Z_]+)=/],
  [/\/perl$/, /^PERL[A-Z0-9_]*=/],
  [/\/node$/, /^NODE_(?:OPTIONS|PATH)=/],
];

/** `environment`: of who is started with these arguments. @throws BottleError `manifest`, with their names */
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
