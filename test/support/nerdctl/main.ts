import { appendFileSync, realpathSync } from 'node:fs';
import { parseFlags, type Parsed } from './cli/flags.ts';
import { ALIASES, GLOBAL_FLAGS, GROUPS, NOT_IMITATED, SHAPES, type Verb } from './cli/table.ts';
import { GrpcError } from './containerd/grpc.ts';
import { Failure, goQuoted, log, notImitated } from './failure.ts';
import { hasFault, ownPlace, readSettings, type Settings } from './settings.ts';
import { say, type Call, type Handler } from './verbs/context.ts';
import { HANDLERS } from './verbs/handlers.ts';
import { cannotAccess } from './verbs/socket.ts';

/** A strict stand-in for `nerdctl`, for tests: README.md beside this. */

const started = Date.now();
const args = process.argv.slice(2);
const { env } = process; // oxlint-disable-line node/no-process-env -- a program of its own
const programPath = realpathSync(process.argv[1] ?? '');
const place = ownPlace(programPath);
const OWN_WORDS: readonly Verb[] = ['version', 'build'];

async function main(settings: Settings): Promise<number> {
  try {
    const before = parseFlags({ flags: [...GLOBAL_FLAGS, VERSION], interspersed: false }, args);
    if (before.is('version')) {
      say(`nerdctl version ${settings.version}`);
      return 0;
    }
    const { verb, words, rest } = verbOf(before.rest);
    const { flags: own, interspersed } = SHAPES[verb];
    const inherited = GLOBAL_FLAGS.map(({ name, kind }) => ({ name, kind }));
    const flags = parseFlags({ flags: [...own, ...inherited], interspersed }, rest);
    if (flags.is('help')) throw notImitated('--help');
    const call = callOf(settings, { verb: words, flags, before });
    await failIfTold(settings, [verb, words]);
    const wrong = OWN_WORDS.includes(verb) ? undefined : cannotAccess(call);
    if (wrong !== undefined) throw wrong;
    const handler: Handler = HANDLERS[verb];
    return await handler(call);
  } catch (error) {
    if (!(error instanceof Failure) && !(error instanceof GrpcError)) throw error;
    log('fatal', error.message);
    return 1;
  }
}

const VERSION = { name: 'version', short: 'v', kind: 'bool' } as const;

interface Words {
  readonly verb: string;
  readonly flags: Parsed;
  readonly before: Parsed;
}

function callOf(settings: Settings, { verb, flags, before }: Words): Call {
  const given = (name: string, ...variables: readonly string[]): string | undefined =>
    [flags, before].find((each) => each.changed(name))?.text(name) ??
    variables.map((variable) => env[variable]).find((value) => value !== undefined && value !== '');
  for (const name of ['snapshotter', 'storage-driver', 'data-root', 'cgroup-manager', 'experimental'])
    if (given(name) !== undefined) throw notImitated(`--${name}`);
  const address = given('address') ?? given('host', 'CONTAINERD_ADDRESS') ?? place.socketPath;
  return {
    verb,
    flags,
    place,
    settings,
    namespace: given('namespace', 'CONTAINERD_NAMESPACE') ?? 'default',
    socketPath: address.replace(/^unix:\/\//, ''),
    env,
    programPath,
  };
}

/** Which subcommand is meant, and what belongs to it. @throws Failure */
function verbOf(all: readonly string[]): {
  readonly verb: Verb;
  readonly words: string;
  readonly rest: readonly string[];
} {
  const [first = '', second = ''] = all;
  const words = GROUPS.includes(first) ? `${first} ${second}` : first;
  const verb = words in SHAPES ? (words as Verb) : ALIASES[words];
  if (verb !== undefined) return { verb, words, rest: all.slice(words.split(' ').length) };
  const isBare = first === '' || (GROUPS.includes(first) && second === '');
  if (NOT_IMITATED.includes(first) || isBare) throw notImitated(words.trim() || 'help');
  throw GROUPS.includes(first)
    ? new Failure(`unknown subcommand ${goQuoted(second)} for "nerdctl ${first}"`)
    : new Failure(`unknown subcommand ${goQuoted(first)} for "nerdctl"`);
}

async function failIfTold(settings: Settings, verbs: readonly string[]): Promise<void> {
  const told = (name: 'hangs' | 'loses-containerd'): boolean =>
    verbs.some((verb) => hasFault(settings, name, verb));
  if (told('hangs')) await new Promise(() => void setInterval(() => undefined, 1 << 30));
  if (told('loses-containerd'))
    throw new Failure(
      `rpc error: code = Unavailable desc = connection error: desc = "transport: error while dialing: dial unix ${place.socketPath}: connect: connection refused"`,
    );
}

/** A line for what has begun, and one for what has ended. */
const note = (more: object): void =>
  appendFileSync(
    place.logPath,
    `${JSON.stringify({ time: new Date(started).toISOString(), pid: process.pid, args, ...more })}\n`,
  );

// The last: all that it uses is there.
note({});
void main(readSettings(place)).then((exitCode) => {
  note({ exitCode, ms: Date.now() - started });
  process.exitCode = exitCode;
  // What is written is written; standard input may be open for ever.
  process.stdout.write('', () => process.exit()); // oxlint-disable-line unicorn/no-process-exit -- see above
});
