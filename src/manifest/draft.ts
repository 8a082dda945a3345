import { BottleError } from '../errors.ts';
import { parseEnvValue, type EnvValue } from './schema/env-values.ts';
import { bottleIn, type Bottle, type Manifest } from './load.ts';
import type { ManifestFile } from './text/read.ts';
import type { Place } from './text/report.ts';
import { isAgentPreset, type PresetName } from './schema/rule-schema.ts';
import type { AgentInput } from './schema/schema.ts';
import { listed, nearest } from './text/message-text.ts';
import { escapeText } from '../ui/terminal/text.ts';

/**
 * An agent with its bottle as the manifests state them, before any value of this host is inserted. A draft can be
 * shown, and runs nothing.
 */
export interface Draft {
  readonly name: string;
  readonly agent: AgentInput;
  readonly bottle: Bottle;
  /** The manifest that defines the agent. */
  readonly file: ManifestFile;
  readonly env: ReadonlyMap<string, EnvEntry>;
  /** Every file that contributes to the draft: the user must trust each. */
  readonly files: readonly ManifestFile[];
}

export interface EnvEntry {
  readonly value: EnvValue;
  readonly at: Place;
}

/** A `?Question` in the environment; it needs an answer before the start. */
export interface Question {
  readonly variable: string;
  readonly question: string;
}

/**
 * Returns the agent with this name, from the project's manifest or the user's.
 * @throws BottleError `usage`: there is no such agent
 */
export function selectAgent(manifest: Manifest, name: string): Draft {
  const owner = manifest.agents.has(name) ? manifest : manifest.outer;
  const agent = owner?.agents.get(name);
  if (owner === undefined || agent === undefined) throw noSuchAgent(manifest, name);
  return draftOf(owner, name, agent);
}

/** Returns all agents that one manifest defines. */
export const draftsOf = (manifest: Manifest): readonly Draft[] =>
  [...manifest.agents].map(([name, agent]) => draftOf(manifest, name, agent));

/**
 * Returns the agents in the bottle with this name, or, if there is no such bottle, the agent with this name. For a
 * bottle without an agent, returns a shell with the bottle's name.
 * @throws BottleError `usage`: no bottle and no agent has this name
 */
export function draftsMeant(manifest: Manifest, name: string): readonly Draft[] {
  const owner = manifest.bottles.has(name) ? manifest : manifest.outer;
  const bottle = owner?.bottles.get(name);
  if (owner === undefined || bottle === undefined) return [selectAgent(manifest, name)];
  const all = [manifest, manifest.outer].flatMap((source) => (source === undefined ? [] : draftsOf(source)));
  const inside = all.filter((draft) => draft.bottle === bottle);
  return inside.length > 0 ? inside : [draftOf(owner, name, { bottle: name, agent: 'shell' })];
}

/** Returns the presets of package clients, whose configuration bot-bottle must read. */
export function presetsOf({ settings }: Pick<Bottle, 'settings'>): readonly PresetName[] {
  const rules = [...(settings['egress.allow']?.value ?? []), ...(settings['egress.deny']?.value ?? [])];
  return [...new Set(rules.flatMap(({ value: { rule } }) => (isClient(rule.preset) ? [rule.preset] : [])))];
}

const isClient = (preset: string | undefined): preset is PresetName =>
  preset !== undefined && !isAgentPreset(preset);

/** Returns the questions that need an answer. */
export const questionsOf = (draft: Draft): readonly Question[] =>
  [...draft.env].flatMap(([variable, { value }]) =>
    value.kind === 'question' ? [{ variable, question: value.question }] : [],
  );

function draftOf(owner: Manifest, name: string, agent: AgentInput): Draft {
  const bottle = bottleIn(owner, agent.bottle);
  if (bottle === undefined) throw new Error(`a loaded manifest has an agent without its bottle: ${name}`);
  const files = [...new Set([owner.file, ...bottle.files])];
  return { name, agent, bottle, file: owner.file, env: environmentOf(owner, name, { agent, bottle }), files };
}

function environmentOf(
  owner: Manifest,
  name: string,
  { agent, bottle }: Pick<Draft, 'agent' | 'bottle'>,
): ReadonlyMap<string, EnvEntry> {
  const entries = new Map<string, EnvEntry>();
  for (const [key, written] of Object.entries(bottle.settings)) {
    if (!key.startsWith('env.') || typeof written?.value !== 'string') continue;
    entries.set(key.slice('env.'.length), { value: parseEnvValue(written.value), at: written.at });
  }
  for (const [variable, value] of Object.entries(agent.env ?? {})) {
    const at = owner.document.valuePlace(['agents', name, 'env', variable]);
    entries.set(variable, { value: parseEnvValue(value), at });
  }
  return entries;
}

function noSuchAgent(manifest: Manifest, name: string): BottleError {
  const known = [...manifest.agents.keys(), ...(manifest.outer?.agents.keys() ?? [])];
  const meant = nearest(name, known);
  return new BottleError('usage', `there is no agent \`${name}\` in ${placesOf(manifest).join(' or ')}`, {
    details: known.length === 0 ? [] : [`agents: ${listed(known)}`],
    fix: meant === undefined ? 'add it under `agents`' : `did you mean \`${meant}\`?`,
  });
}

const placesOf = (manifest: Manifest): readonly string[] =>
  [manifest, manifest.outer].flatMap((source) => (source === undefined ? [] : [source.file.shownAs]));

/** Asks one question. `flag` is the option that gives the answer if there is no terminal. */
export type Ask = (question: string, flag: string) => Promise<string>;

/**
 * Returns the answers to a draft's questions, by variable: from `--set NAME=value` if given, otherwise from `ask`, one
 * by one.
 * @throws BottleError `usage`: a `--set` answers no question, or has the wrong form; also the errors of `ask` without a
 *   terminal
 */
export async function answerQuestions(
  questions: readonly Question[],
  given: readonly string[],
  ask: Ask,
): Promise<ReadonlyMap<string, string>> {
  const names = questions.map(({ variable }) => variable);
  const answers = new Map(given.map((setting) => parseSetting(setting, names)));
  for (const { variable, question } of questions) {
    if (answers.has(variable)) continue;
    answers.set(variable, await ask(escapeText(question), `--set ${variable}=...`));
  }
  return answers;
}

function parseSetting(setting: string, names: readonly string[]): [string, string] {
  const [, name, value] = /^([^=]*)=(.*)$/s.exec(setting) ?? [];
  if (name === undefined || name === '' || value === undefined) {
    throw new BottleError('usage', '--set takes NAME=value', {
      fix:
        names.length === 0
          ? 'leave it out: the agent asks no question'
          : `answer a question of the agent’s: --set ${names[0]}=...`,
    });
  }
  if (names.includes(name)) return [name, value];
  const meant = nearest(name, names);
  throw new BottleError('usage', `--set ${escapeText(name)}: the agent asks no question for this variable`, {
    details: names.length === 0 ? [] : [`it asks for: ${names.join(', ')}`],
    fix: meant === undefined ? 'leave it out' : `did you mean --set ${meant}=...?`,
  });
}
