import type { Draft } from '../../manifest/draft.ts';
import { writeOut } from '../../manifest/extends/write-out.ts';
import type {
  ResolvedAgent,
  ResolvedImage,
  ResolvedResources,
  ResolvedSkill,
} from '../../manifest/resolve.ts';
import type { BottleInput } from '../../manifest/schema/schema.ts';
import { givenTo, type Given } from './grants.ts';
import { decide, TAKEOVER, type Decision, type Setting } from './table.ts';

/** A user's bottle in the form to attack: its manifest without the settings that are left out. */

export interface NamedBottle {
  /** The settings as of one manifest, without `image`, `resources` and `skills`, which are separate below. */
  readonly input: BottleInput;
  readonly image: ResolvedImage;
  readonly resources: ResolvedResources;
  /** The skills of the bottle and of all inspected agents. */
  readonly skills: readonly ResolvedSkill[];
  /** How each of its settings is applied. */
  readonly settings: readonly SettingTaken[];
  /** The settings by which a probe may succeed. */
  readonly given: readonly Given[];
}

/** Other programs read it: add keys, never rename them. */
export interface SettingTaken extends Decision {
  readonly setting: Setting;
}

/** An agent as written, and as resolved by a start. */
export interface Subjected {
  readonly draft: Draft;
  readonly agent: ResolvedAgent;
  /** The positions of settings, by name. */
  readonly places: ReadonlyMap<string, string>;
}

/** The answer to every question. */
const ANSWER = 'an-answer-to-no-question';

/** Combines the agents of one bottle: the attacked bottle has what any of them has. Pure. */
export function namedBottle(subjects: readonly [Subjected, ...Subjected[]]): NamedBottle {
  const [{ draft, agent }] = subjects;
  const written = writeOut(draft.bottle.settings);
  const { image: _, resources: __, skills: ___, egress, ...input } = written;
  const { max_bytes: _1, max_requests: _2, max_tokens: _3, ...kept } = egress ?? {};
  return {
    input: {
      ...input,
      workspace: agent.workspace === 'mount' ? 'mount' : 'copy',
      env: environmentOf(subjects),
      egress: kept,
    },
    image: agent.image,
    resources: agent.resources,
    skills: skillsOf(subjects),
    settings: settingsOf(subjects),
    given: subjects.flatMap(givenIn),
  };
}

const givenIn = ({ draft, agent, places }: Subjected): readonly Given[] =>
  givenTo({ ...agent, dlp: draft.bottle.settings['egress.dlp']?.value }, places);

/** If two agents set the same variable, uses the first one's value. */
function environmentOf(subjects: readonly Subjected[]): Record<string, string> {
  const all = subjects.map(({ draft }) => {
    const written = { ...writeOut(draft.bottle.settings).env, ...draft.agent.env };
    return Object.entries(written).map(([name, value]): [string, string] => [
      name,
      draft.env.get(name)?.value.kind === 'question' ? ANSWER : value,
    ]);
  });
  return Object.fromEntries(all.toReversed().flat());
}

const skillsOf = (subjects: readonly Subjected[]): readonly ResolvedSkill[] => [
  ...new Map(
    subjects
      .flatMap(({ agent }) => agent.skills)
      .map((skill) => [`${skill.manifestDir}\0${skill.name}`, skill]),
  ).values(),
];

/** Returns the settings that the bottle has, in the table's order. */
function settingsOf(subjects: readonly [Subjected, ...Subjected[]]): readonly SettingTaken[] {
  const [{ draft, agent }] = subjects;
  const isSaid: Readonly<Partial<Record<Setting, boolean>>> = {
    env: subjects.some(({ draft }) => draft.env.size > 0),
    skills: subjects.some(({ agent }) => agent.skills.length > 0),
    agent: subjects.some(({ draft }) => draft.agent.agent !== 'shell'),
    prompt: subjects.some(({ agent }) => agent.prompt !== undefined),
  };
  const asks = subjects.some(({ draft }) =>
    [...draft.env.values()].some(({ value }) => value.kind === 'question'),
  );
  return (Object.keys(TAKEOVER) as Setting[])
    .filter((setting) => isSaid[setting] ?? setting in draft.bottle.settings)
    .map((setting) => ({ setting, ...decide(setting, { agent, asks }) }));
}
