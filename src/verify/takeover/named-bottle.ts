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

/** A bottle of the user's, as it is to be attacked: what its manifest says, less what is left out. */

export interface NamedBottle {
  /** Settings as one manifest would have them, without `image`, `resources` and `skills`, which are below. */
  readonly input: BottleInput;
  readonly image: ResolvedImage;
  readonly resources: ResolvedResources;
  /** Of the bottle, and of all agents that were looked at. */
  readonly skills: readonly ResolvedSkill[];
  /** What becomes of each setting that it has. */
  readonly settings: readonly SettingTaken[];
  /** By which of them a probe may get through. */
  readonly given: readonly Given[];
}

/** Keys are added, never renamed: other programs read it. */
export interface SettingTaken extends Decision {
  readonly setting: Setting;
}

/** An agent as it is written, and as a start would have it. */
export interface Subjected {
  readonly draft: Draft;
  readonly agent: ResolvedAgent;
  /** Where settings are written, by name. */
  readonly places: ReadonlyMap<string, string>;
}

/** What a question is answered with. */
const ANSWER = 'an-answer-to-no-question';

/** From the agents of one bottle: what any of them has, the attacked bottle has. Pure. */
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

/** The first one's value, where two agents say the same variable. */
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

/** Those that are said, in the table's order. */
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
