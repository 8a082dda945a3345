import { appendFileSync, realpathSync } from 'node:fs';
import { parseArguments, type Shape } from './cli/parse.ts';
import { ALIASES, GROUPS, NOT_IMITATED, SHAPES, VERBS_SINCE, type Verb } from './cli/table.ts';
import { Failure, Failures, spoken, UsageFailure } from './failure.ts';
import { isAtLeast, ownPlace, readSettings, type FaultName, type Settings } from './settings.ts';
import { type Handler, complain, say } from './verbs/context.ts';
import { HANDLERS, NEEDS_NO_SERVICE } from './verbs/handlers.ts';
import { versionLine } from './verbs/system.ts';

/** A strict stand-in for Apple's `container`, for tests: README.md beside this. */

const EXIT = { usage: 64, failed: 1 } as const;

const started = Date.now();
const args = process.argv.slice(2);
const { env } = process; // oxlint-disable-line node/no-process-env -- a program of its own
const place = ownPlace(realpathSync(process.argv[1] ?? ''), env);
async function main(settings: Settings): Promise<number> {
  let shape: Shape | undefined;
  try {
    if (args[0] === '--version') {
      say(versionLine(settings));
      return 0;
    }
    const { verb, rest } = verbOf(settings);
    shape = SHAPES[verb];
    const flags = parseArguments(shape, rest, settings.version);
    await hangIfTold(settings, 'hangs', verb);
    if (isTold(settings, 'loses-service', verb)) throw serviceGone(verb, 'Connection interrupted');
    if (settings.service !== 'running' && !NEEDS_NO_SERVICE.includes(verb))
      throw serviceGone(verb, 'Connection invalid');
    const handler: Handler = HANDLERS[verb];
    const exitCode = await handler({ verb, flags, place, settings, env });
    await hangIfTold(settings, 'hangs-after', verb);
    return exitCode;
  } catch (error) {
    return failed(error, shape, settings);
  }
}

function failed(error: unknown, shape: Shape | undefined, { version }: Settings): number {
  if (error instanceof Failures) {
    complain(`Error: ${error.message}`);
    return EXIT.failed;
  }
  if (error instanceof UsageFailure) {
    complain(`Error: ${error.message}\nUsage: container ${shape?.usage ?? '[--debug] <subcommand>'}`);
    complain(
      `  See 'container ${shape?.usage.split(' [')[0]?.split(' <')[0] ?? ''} --help' for more information.`,
    );
    return EXIT.usage;
  }
  if (!(error instanceof Failure)) throw error;
  complain(`Error: ${spoken(error, version)}`);
  return EXIT.failed;
}

/** Which subcommand is meant, and what belongs to it. @throws UsageFailure, Failure */
function verbOf({ version, service }: Settings): { readonly verb: Verb; readonly rest: readonly string[] } {
  const [first = '', second = ''] = args;
  const words = GROUPS.includes(first) ? `${first} ${second}` : first;
  const verb = words in SHAPES ? (words as Verb) : ALIASES[words];
  const since = verb === undefined ? undefined : VERBS_SINCE[verb];
  if (verb !== undefined && (since === undefined || isAtLeast(version, since)))
    return { verb, rest: args.slice(words.split(' ').length) };
  if (NOT_IMITATED.includes(first))
    throw new Failure('unsupported', `${first}: not imitated by this stand-in`);
  if (GROUPS.includes(first)) throw new UsageFailure(`Unexpected argument '${second}'`);
  // A word that is no subcommand is looked for among plugins, which the service knows.
  if (service !== 'running')
    throw new Failure('timeout', 'unable to retrieve application data root from API server');
  throw new Failure('invalidArgument', `failed to find plugin named container-${first}`);
}

const isTold = ({ faults }: Settings, fault: FaultName, verb: Verb): boolean =>
  faults.some(({ name, at }) => name === fault && at === verb);

/** A call of a wedged service never returns (apple/container #1459, #1681, #1884, #2275). */
async function hangIfTold(settings: Settings, fault: FaultName, verb: Verb): Promise<void> {
  if (!isTold(settings, fault, verb)) return;
  await new Promise(() => void setInterval(() => undefined, 1 << 30));
}

const serviceGone = (verb: Verb, why: string): Failure =>
  new Failure('internalError', `failed to ${verb}`, `interrupted: "XPC connection error: ${why}"`);

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
  process.exit(exitCode); // oxlint-disable-line unicorn/no-process-exit -- its standard input may be open
});
