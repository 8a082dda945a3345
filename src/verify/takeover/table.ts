import type { SettingName } from '../../manifest/extends/settings.ts';
import type { ResolvedAgent } from '../../manifest/resolve.ts';
import { isTooSmall } from './resources.ts';

/**
 * How each setting of a user's bottle is applied when it is attacked. Settings that isolate or grant are taken over;
 * those that would only end the attack early, or that another program replaces, are left out. Output and docs show this
 * table.
 */

export const FATES = ['taken', 'changed', 'left'] as const;
export type Fate = (typeof FATES)[number];

/** The settings of a bottle and its agent, named as in a manifest. */
export type Setting = SettingName | 'env' | 'agent' | 'prompt';

/** What the decisions depend on. */
export interface Asked {
  readonly agent: Pick<ResolvedAgent, 'workspace' | 'resources'>;
  /** A start would ask the user for a value of `env`. */
  readonly asks: boolean;
}

/** The words for each fate, for users. */
export const FATE_WORDS: Readonly<Record<Fate, string>> = {
  taken: 'as it stands',
  changed: 'changed',
  left: 'left out',
};

export interface Decision {
  readonly fate: Fate;
  /** Empty if the setting is taken over unchanged. */
  readonly why: string;
}

/** Candidates in order; the first whose condition holds applies. */
type Decisions = readonly [...(Decision & { readonly when: (asked: Asked) => boolean })[], Decision];

const TAKEN: Decisions = [{ fate: 'taken', why: '' }];
const left = (why: string): Decisions => [{ fate: 'left', why }];

const ENDS_EARLY = left('verify makes thousands of requests, and a budget would end the attack');
const LIMITS_TRIED = 'a second bottle tries these limits';
const sized = (key: keyof ResolvedAgent['resources'], least: string): Decisions => [
  {
    when: ({ agent }) => isTooSmall(agent.resources, key),
    fate: 'changed',
    why: `the attack needs at least ${least}`,
  },
  { fate: 'taken', why: LIMITS_TRIED },
];

/** All settings; a new one must be decided here. */
export const TAKEOVER: Readonly<Record<Setting, Decisions>> = {
  runtime: [{ fate: 'taken', why: 'unless --runtime names another' }],
  min_boundary: TAKEN,
  image: TAKEN,
  'resources.cpus': sized('cpus', '1'),
  'resources.memory': sized('memoryBytes', '384m (1g on bubblewrap)'),
  'resources.pids': sized('pids', '128'),
  'resources.disk': [{ fate: 'taken', why: LIMITS_TRIED }],
  env: [
    {
      when: ({ asks }) => asks,
      fate: 'changed',
      why: 'a made-up word answers each question; all else is kept',
    },
    { fate: 'taken', why: 'of all agents that were looked at' },
  ],
  'egress.allow': [{ fate: 'taken', why: 'verify’s own hosts are added, pinned to this host' }],
  'egress.deny': [{ fate: 'taken', why: 'one of verify’s own is added' }],
  'egress.dlp': [
    { fate: 'taken', why: 'for verify’s own hosts; what a rule says holds for that rule, and is not tried' },
  ],
  'egress.canary': [{ fate: 'taken', why: 'without a bait none is sent' }],
  'egress.protect': [{ fate: 'taken', why: 'relative to verify’s project' }],
  'egress.secret_rules': TAKEN,
  'egress.max_bytes': ENDS_EARLY,
  'egress.max_requests': ENDS_EARLY,
  'egress.max_tokens': ENDS_EARLY,
  gateway: TAKEN,
  workspace: [
    {
      when: ({ agent }) => agent.workspace === 'none',
      fate: 'changed',
      why: 'copy, because the attack needs a project',
    },
    { fate: 'taken', why: 'with a project of verify’s own; yours is not touched' },
  ],
  copy_anyway: left('verify’s own project has no such files'),
  skills: TAKEN,
  ssh: [
    {
      fate: 'changed',
      why: 'the servers and the socket are there; the key is one that was made for the attack and opens nothing',
    },
  ],
  agent: left('in its place are programs that attack; its installation is not in the bottle'),
  prompt: left('it speaks to an agent, and none is there'),
};

/** Returns the decision for a setting. */
export function decide(setting: Setting, asked: Asked): Decision {
  const { fate, why } = TAKEOVER[setting].find((one) => !('when' in one) || one.when(asked)) ?? TAKEN[0];
  return { fate, why };
}

/** Returns a row for each setting and its fates, for a table in docs/MANIFEST.md. */
export const tableRows = (): readonly string[] =>
  (Object.entries(TAKEOVER) as [Setting, Decisions][]).map(([setting, decisions]) => {
    const fates = decisions.map(({ fate, why }) => `${FATE_WORDS[fate]}${why === '' ? '' : `: ${why}`}`);
    return `| \`${setting}\` | ${fates.join('; or ')} |`;
  });
