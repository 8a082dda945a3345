import type { KeyPath, YamlDocument } from '../text/document.ts';
import { entriesOf, isMap, itemsOf, type DataMap } from '../text/data.ts';
import { ruleFindings, type Finding } from './rule-checks.ts';
import { AGENT_KINDS } from './schema.ts';
import { keyName, listed, nearest } from '../text/message-text.ts';
import { findCycles } from '../extends/parents.ts';
import { MOST_PROBLEMS, type Place, type Problem } from '../text/report.ts';

/**
 * Checks what the schema cannot see: combinations of keys, and names that refer to other parts of a manifest. A name in
 * a file refers to the file's own definitions, then to
 * those of the outer file (the user's own, for a project's). An outer file never refers to inner ones. Each name has
 * only one definition: a project cannot change the meaning of a user's name (docs/adr/0013).
 */

/** The names that an outer file defines, with their places. */
export interface OuterNames {
  readonly bottles: ReadonlyMap<string, Place>;
  readonly agents: ReadonlyMap<string, Place>;
}

/** A mention of a bottle: its name and its path. */
interface Mention {
  readonly name: string;
  readonly path: KeyPath;
}

/**
 * Returns the problems with references: missing parents, cycles, agents without their bottle, and names that the outer
 * file defines too.
 */
export function referenceProblems(document: YamlDocument, outer: OuterNames): Problem[] {
  const bottles = sectionOf(document, 'bottles');
  const parents = new Map([...bottles].map(([name, bottle]) => [name, parentsIn(name, bottle)]));
  const known = [...bottles.keys(), ...outer.bottles.keys()];
  const mentions = [...[...parents.values()].flat(), ...bottlesOfAgents(document)];
  return [
    ...mentions
      .filter(({ name }) => !known.includes(name))
      .slice(0, MOST_PROBLEMS + 1)
      .map((mention) => unknownBottle(document, mention, known)),
    ...cycleProblems(document, parents),
    ...redefinitions(document, outer),
  ];
}

const sectionOf = (document: YamlDocument, section: 'bottles' | 'agents'): ReadonlyMap<string, DataMap> =>
  new Map(isMap(document.data) ? entriesOf(document.data[section]) : []);

function parentsIn(bottle: string, { extends: parents }: DataMap): Mention[] {
  const path = ['bottles', bottle, 'extends'];
  if (typeof parents === 'string') return [{ name: parents, path }];
  if (!Array.isArray(parents)) return [];
  return parents.flatMap((name: unknown, index) =>
    typeof name === 'string' ? [{ name, path: [...path, index] }] : [],
  );
}

const bottlesOfAgents = (document: YamlDocument): Mention[] =>
  [...sectionOf(document, 'agents')].flatMap(([agent, { bottle }]) =>
    typeof bottle === 'string' ? [{ name: bottle, path: ['agents', agent, 'bottle'] }] : [],
  );

function unknownBottle(document: YamlDocument, mention: Mention, known: readonly string[]): Problem {
  const others = known.filter((name) => mention.path[0] === 'agents' || name !== mention.path[1]);
  const meant = nearest(mention.name, others);
  return {
    at: document.valuePlace(mention.path),
    what: `${keyName(mention.path)}: there is no bottle \`${mention.name}\``,
    ...(others.length === 0 ? {} : { expected: listed(others) }),
    ...(meant === undefined ? {} : { hint: `did you mean \`${meant}\`?` }),
  };
}

function cycleProblems(document: YamlDocument, parents: ReadonlyMap<string, readonly Mention[]>): Problem[] {
  const parentsOf = new Map([...parents].map(([name, mentions]) => [name, mentions.map((m) => m.name)]));
  return findCycles(parentsOf).map(([name = '', ...rest]) => ({
    at: document.valuePlace(['bottles', name, 'extends']),
    what: `bottle \`${name}\` extends itself: ${[name, ...rest].join(' -> ')}`,
  }));
}

function redefinitions(document: YamlDocument, outer: OuterNames): Problem[] {
  return (['bottles', 'agents'] as const).flatMap((section) =>
    [...sectionOf(document, section).keys()].flatMap((name) => {
      const other = outer[section].get(name);
      const path = [section, name];
      const what = `${keyName(path)} is defined in your own manifest already`;
      const hint =
        section === 'bottles'
          ? `give it another name; with \`extends: ${name}\` it takes over the settings and limits`
          : 'give it another name';
      return other === undefined ? [] : [{ at: document.keyPlace(path), what, hint, other }];
    }),
  );
}

/**
 * Checks combinations of keys; the schema checks each key alone. Accepts data that fails the schema elsewhere, so that
 * the user gets all problems of a file at once. Skips values of the wrong type, which the schema reports.
 */
export function crossChecks(document: YamlDocument): Problem[] {
  return findings(document.data).map(({ path, what }) => ({ at: document.keyPlace(path), what }));
}

function findings(data: unknown): Finding[] {
  if (!isMap(data)) return [];
  if (data['bottles'] === undefined && data['agents'] === undefined) {
    return [{ path: [], what: 'a manifest describes `bottles` and `agents`; this one has neither' }];
  }
  return [
    ...entriesOf(data['bottles']).flatMap(([name, bottle]) => bottleFindings(name, bottle)),
    ...entriesOf(data['agents']).flatMap(([name, agent]) => agentFindings(['agents', name], agent)),
  ];
}

function bottleFindings(name: string, bottle: DataMap): Finding[] {
  const egress = bottle['egress'];
  if (!isMap(egress)) return [];
  return (['allow', 'deny'] as const).flatMap((side) =>
    itemsOf(egress[side]).flatMap(([index, rule]) =>
      ruleFindings(rule, ['bottles', name, 'egress', side, index], side),
    ),
  );
}

const PROMPT = '{prompt}';
const CUSTOM_ONLY = ['install', 'command', 'headless', 'hosts', 'skillsPath', 'promptPath'] as const;

function agentFindings(path: KeyPath, agent: DataMap): Finding[] {
  if (agent['agent'] !== 'custom') {
    // The schema reports a missing or misspelt kind. Without the kind, the keys that belong to it are unknown.
    if (!AGENT_KINDS.some((kind) => kind === agent['agent'])) return [];
    return CUSTOM_ONLY.filter((key) => agent[key] !== undefined).map((key) => ({
      path: [...path, key],
      what: `${keyName([...path, key])} goes with \`agent: custom\` only`,
    }));
  }
  const found: Finding[] = [];
  if (agent['command'] === undefined) {
    found.push({ path, what: `${keyName(path)} is \`custom\` and has no \`command\`` });
  }
  for (const key of ['command', 'headless'] as const) {
    const parts = agent[key];
    if (!Array.isArray(parts) || !parts.some((part) => part !== PROMPT && String(part).includes(PROMPT)))
      continue;
    found.push({
      path: [...path, key],
      what: `${keyName([...path, key])} has \`{prompt}\` within an argument; it must be a whole one: ["--message", "{prompt}"]`,
    });
  }
  const headless = agent['headless'];
  if (Array.isArray(headless) && !headless.some((part) => String(part).includes(PROMPT))) {
    found.push({
      path: [...path, 'headless'],
      what: `${keyName([...path, 'headless'])} has no \`{prompt}\` in it, which stands for the prompt`,
    });
  }
  return found;
}
