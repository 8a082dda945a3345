import { BottleError, reasonOf } from '../errors.ts';
import { downloadEnvironment, hostVariable } from '../host/env.ts';
import { run } from '../host/run.ts';
import type { PresetName } from './schema/rule-schema.ts';
import { endpointsIn, type Answer, type AskOptions, type Command, type Endpoint } from './presets/preset.ts';
import { PRESETS } from './presets/table.ts';

/**
 * Reads presets at start: the configuration of this host's package clients, from the clients themselves. So this code
 * names no registry, and a company's mirror is used.
 */

/**
 * A client's answer on this host: where it downloads from, and the settings for a client in a bottle to use the same
 * places.
 */
export interface ReadPreset {
  readonly endpoints: readonly Endpoint[];
  readonly settings: NonNullable<Answer['settings']>;
}

/**
 * Returns where the clients of these presets download from, and the settings for a bottle.
 * @throws BottleError `dependencyMissing`: a client is missing, fails, or is configured with no place over http or
 *   https
 */
export async function askPresets(names: readonly PresetName[]): Promise<ReadonlyMap<PresetName, ReadPreset>> {
  return new Map(await Promise.all(names.map(async (name) => [name, await readPreset(name)] as const)));
}

/**
 * Returns where the clients of these presets download from.
 * @throws BottleError `dependencyMissing` like `askPresets`
 */
export async function readPresets(
  names: readonly PresetName[],
): Promise<ReadonlyMap<PresetName, readonly Endpoint[]>> {
  return endpointsOf(await askPresets(names));
}

/** Returns only their endpoints. Pure. */
export const endpointsOf = (
  read: ReadonlyMap<PresetName, ReadPreset>,
): ReadonlyMap<PresetName, readonly Endpoint[]> =>
  new Map([...read].map(([name, { endpoints }]) => [name, endpoints]));

async function readPreset(name: PresetName): Promise<ReadPreset> {
  const answer = await answerOf(name);
  const { paths } = PRESETS[name];
  const places = placesOf(name, answer);
  const endpoints = paths === undefined ? places : places.map((place) => ({ ...place, paths }));
  if (endpoints.length === 0) {
    throw presetError(name, 'the client is configured with nothing that is reached over http or https');
  }
  return { endpoints, settings: answer.settings ?? (() => ({})) };
}

function placesOf(name: PresetName, { urls }: Answer): readonly Endpoint[] {
  try {
    return endpointsIn(urls);
  } catch (error) {
    throw presetError(name, reasonOf(error));
  }
}

async function answerOf(name: PresetName): Promise<Answer> {
  try {
    return await PRESETS[name].read(async (command, options) => await askClient(name, command, options));
  } catch (error) {
    throw error instanceof BottleError ? error : presetError(name, reasonOf(error));
  }
}

/** Returns the output of a preset's client. @throws BottleError `dependencyMissing` */
export async function askClient(
  name: PresetName,
  command: Command,
  options: AskOptions = {},
): Promise<string> {
  const passed = PRESETS[name].variables.flatMap((variable) => {
    const value = isOfProject(variable) ? undefined : hostVariable(variable);
    return value === undefined ? [] : [[variable, value] as const];
  });
  const env = {
    ...(options.reachesNetwork === true ? downloadEnvironment() : {}),
    ...Object.fromEntries(passed),
    ...options.env,
  };
  const [program, ...args] = command;
  // Runs in `/`: in the project's folder, clients would read files of the project.
  const result = await run(program, args, { cwd: '/', env, timeoutMs: options.timeoutMs ?? 20_000 });
  if (result.notFound)
    throw presetError(name, `${program} is not installed on this host`, `install ${program} on this host`);
  if (options.mayFail === true && !result.timedOut) return `${result.stdout}${result.stderr}`;
  if (result.exitCode !== 0) {
    const reason = result.timedOut ? 'did not end in time' : `failed: ${result.stderr.trim().slice(-200)}`;
    throw presetError(name, `\`${[program, ...args].join(' ')}\` ${reason}`);
  }
  return result.stdout;
}

/**
 * npm, pnpm and Yarn pass their configuration to the programs that they run, including settings of the project's
 * .npmrc.
 */
const isOfProject = (variable: string): boolean =>
  variable.startsWith('npm_config_') && hostVariable('npm_config_user_agent') !== undefined;

const presetError = (
  name: PresetName,
  reason: string,
  remedy = 'fix the error that it reports on this host',
): BottleError =>
  new BottleError('dependencyMissing', `the preset ${name} cannot be read: ${reason}`, {
    fix: `${remedy}, or name the hosts in the manifest instead of the preset`,
  });
