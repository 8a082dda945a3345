import { buildApplication, buildRouteMap, run, type Application, type ApplicationText } from '@stricli/core';
import type { VerbContext } from './commands/command.ts';
import { apply } from './commands/apply.ts';
import { attach } from './commands/attach.ts';
import { demo } from './commands/demo.ts';
import { diff } from './commands/diff.ts';
import { doctor } from './commands/doctor/doctor.ts';
import { exec } from './commands/exec.ts';
import { gc } from './commands/gc.ts';
import { image } from './commands/image.ts';
import { keep } from './commands/keep.ts';
import { logs } from './commands/logs/logs.ts';
import { ls } from './commands/ls.ts';
import { metrics } from './commands/metrics.ts';
import { rm } from './commands/rm.ts';
import { policy } from './commands/policy/policy.ts';
import { init } from './commands/init.ts';
import { inOne, scannerText } from './commands/scanner-text.ts';
import { schema } from './commands/schema.ts';
import { start } from './commands/start/start.ts';
import { verify } from './commands/verify/verify.ts';
import { trust } from './commands/trust.ts';
import { stop } from './commands/stop.ts';
import { EXIT_CODES, type BottleError } from './errors.ts';
import { packageVersion } from './host/paths.ts';
import { asCalled } from './ui/as-called.ts';
import { handleClosedOutput, note } from './ui/print.ts';
import { errorAsJson, renderError } from './ui/report-error.ts';

const routes = buildRouteMap({
  routes: {
    start,
    ls,
    exec,
    attach,
    stop,
    rm,
    logs,
    diff,
    apply,
    init,
    trust,
    schema,
    policy,
    metrics,
    image,
    verify,
    doctor,
    demo,
    gc,
    keep,
  },
  aliases: { run: 'start', list: 'ls' },
  docs: {
    brief: 'Run any coding agent as if it were compromised, and prove that it cannot get out',
    hideRoute: { keep: true },
  },
});

/** Suggest a verb for one or two wrong letters, not more: `help` is not `apply`. */
const MISTYPED = { threshold: 3, weights: { insertion: 1, deletion: 2, substitution: 2, transposition: 0 } };

/** The leading words that name a verb, such as `policy check`. */
function verbIn(words: readonly string[]): readonly string[] {
  const verb: string[] = [];
  let place: ReturnType<typeof routes.getRoutingTargetForInput> = routes;
  for (const word of words) {
    if (!('getRoutingTargetForInput' in place)) break;
    place = place.getRoutingTargetForInput(word);
    if (place === undefined) break;
    verb.push(word);
  }
  return verb;
}

const buildApp = (text: ApplicationText, isJson: boolean): Application<VerbContext> =>
  buildApplication(routes, {
    name: 'bot-bottle',
    versionInfo: { currentVersion: packageVersion() },
    scanner: { caseStyle: 'allow-kebab-for-camel', distanceOptions: MISTYPED },
    documentation: { caseStyle: 'convert-camel-to-kebab', disableAnsiColor: isJson },
    localization: { text },
  });

/** Splits the command line at `--`. The words after it belong to the agent, so bot-bottle does not parse them. */
function splitAtDashes(argv: readonly string[]): {
  own: readonly string[];
  rest: readonly string[] | undefined;
} {
  const dashes = argv.indexOf('--');
  return dashes < 0
    ? { own: argv, rest: undefined }
    : { own: argv.slice(0, dashes), rest: argv.slice(dashes + 1) };
}

/** Moves `--json` behind the verb, so that it may precede any word of the verb; turns `help ls` into `ls --help`. */
function inOrder(words: readonly string[]): readonly string[] {
  const others = words.filter((word) => word !== '--json');
  if (others[0] === 'help') return [...others.slice(1), '--help'];
  // Leave it where it is behind the verb: the value of another flag may be missing before it.
  const place = words.indexOf('--json');
  return place >= 0 && place <= verbIn(others).length ? [...others, '--json'] : words;
}

/** Matches `--json` unless its value means no. An invalid value counts as a request for JSON, so that its error is JSON too. */
const ASKS_FOR_JSON = /^--json(?:=(?!(?:no|n|false|f|off|0)$)|$)/i;

/** Drops the empty lines that the scanner prints for failures that bot-bottle reports later as JSON. */
const WITHOUT_EMPTY_LINES: VerbContext['process']['stderr'] = {
  write: (text) => void (text === '\n' || process.stderr.write(text)),
};

/** Runs the command line and sets the process's exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  handleClosedOutput();
  const { own, rest } = splitAtDashes(argv);
  const isJson = own.some((word) => ASKS_FOR_JSON.test(word));
  const scanning: VerbContext['process'] & { exitCode?: number | string | null } = {
    stdout: process.stdout,
    stderr: isJson ? WITHOUT_EMPTY_LINES : process.stderr,
  };
  const words = inOrder(own);
  const verb = verbIn(words);
  const failures: BottleError[] = [];
  // The scanner reports each failure separately, but a program expects one JSON object (docs/adr/0006).
  const text = scannerText(verb, (error) => {
    if (!isJson) return asCalled(renderError(error));
    failures.push(error);
    return '';
  });
  await run(buildApp(text, isJson), words, { process: scanning, rest });
  const failure = inOne(failures, verb);
  if (failure !== undefined) note(errorAsJson(failure, EXIT_CODES.usage));
  // Verbs set the exit code themselves. The scanner uses negative codes for command lines that it cannot parse.
  if (typeof scanning.exitCode === 'number' && scanning.exitCode !== 0) process.exitCode = EXIT_CODES.usage;
}
