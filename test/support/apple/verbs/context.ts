import type { Verb } from '../cli/table.ts';
import type { Parsed } from '../cli/parse.ts';
import { Failure } from '../failure.ts';
import type { Place, Settings } from '../settings.ts';
import { findContainer, type Container, type Running } from '../store/containers.ts';

/** What every subcommand has. */
export interface Call {
  readonly verb: Verb;
  readonly flags: Parsed;
  readonly place: Place;
  readonly settings: Settings;
  readonly env: NodeJS.ProcessEnv;
}

/** Gives the exit code. @throws Failure, Failures */
export type Handler = (call: Call) => Promise<number> | number;

/** A line on standard output. */
export const say = (line: string): void => void process.stdout.write(`${line}\n`);
/** A line on standard error. */
export const complain = (line: string): void => void process.stderr.write(`${line}\n`);

/** One container. @throws Failure where there is none of this name */
export function theContainer({ place }: Call, id: string): Container {
  const container = findContainer(place, id);
  if (container === undefined) throw new Failure('notFound', `get failed: container ${id} not found`);
  return container;
}

/** What stands for one that runs. @throws Failure where it does not */
export function runningOf({ id, running }: Container): Running {
  if (running === undefined) throw new Failure('invalidState', `container ${id} is not running`);
  return running;
}
