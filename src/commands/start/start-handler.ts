import { resolve } from 'node:path';
import { readPromptFile } from '../../bottle/compose.ts';
import { gitIdentity } from '../../bottle/guest/client-settings.ts';
import { readAgent } from '../../bottle/manifest.ts';
import type { RunFrontend, RunResult } from '../../bottle/session/run.ts';
import { atTerminal } from '../../bottle/session/session.ts';
import { greetEngine, planAgent, startAgent } from '../../bottle/start.ts';
import type { PlanStep } from '../../drivers/driver.ts';
import { BottleError, EXIT_CODES } from '../../errors.ts';
import { note, print, printJson } from '../../ui/print.ts';
import { Progress } from '../../ui/progress.ts';
import type { Call } from '../command.ts';
import type { StartFlags } from './start.ts';

/** `bot-bottle start`. */
export async function handleStart({
  flags,
  args,
  rest,
}: Call<StartFlags, [string, string?]>): Promise<number> {
  const [agent, path = '.'] = args;
  const projectPath = resolve(path);
  const identity = gitIdentity();
  if (!flags.dryRun) greetEngine(flags.runtime).catch(() => undefined); // the start tries again and reports the error
  const { resolved, presets, startFiles } = await readAgent(agent, {
    projectPath,
    named: flags.manifest,
    yes: flags.yes,
    answers: flags.set ?? [],
  });
  const prompt = await promptOf(flags);
  const wishes = {
    projectPath,
    args: rest,
    prompt,
    // A plan may run without a terminal. Without arguments and prompt, it describes a start at a terminal.
    tty: atTerminal() || (flags.dryRun && rest.length === 0 && prompt === undefined),
    isRaw: flags.raw,
    learn: flags.learn,
    manifestPath: flags.manifest === undefined ? undefined : resolve(flags.manifest),
    startFiles,
    presets,
    gitIdentity: identity,
    runtime: flags.runtime,
    minBoundary: flags.minBoundary,
    networkForm: flags.networkForm,
    engine: flags.engine,
  };
  using frontend = createFrontend();
  if (flags.dryRun) {
    printPlan(await planAgent(resolved, wishes, frontend), flags.json);
    return EXIT_CODES.ok;
  }
  return report(await startAgent(resolved, wishes, frontend));
}

function report(result: RunResult): number {
  if (result.kind === 'interrupted') return result.exitCode;
  const { id } = result;
  if (result.kind === 'detached') {
    note(`detached; bot-bottle attach ${id} connects again, bot-bottle stop ${id} ends it`);
    return EXIT_CODES.ok;
  }
  if (result.workIsLeft) note(`work is in ${id}: bot-bottle diff ${id}, bot-bottle apply ${id}`);
  return result.exitCode;
}

async function promptOf({ prompt, promptFile }: StartFlags): Promise<string | undefined> {
  if (prompt !== undefined && promptFile !== undefined) {
    throw new BottleError('usage', '--prompt and --prompt-file together', { fix: 'give one of them' });
  }
  return promptFile === undefined ? prompt : await readPromptFile(promptFile);
}

function printPlan(steps: readonly PlanStep[], json: boolean): void {
  if (json) return printJson(steps);
  for (const [index, { what, call }] of steps.entries()) print(`${index + 1}. ${what}\n   ${call.join(' ')}`);
}

/** Shows progress on standard error until the agent's own output begins. */
function createFrontend(): RunFrontend & Disposable {
  const progress = new Progress();
  const end = (): void => progress[Symbol.dispose]();
  return {
    progress: (line) => progress.step(line),
    note,
    agentStarts: end,
    [Symbol.dispose]: end,
  };
}
