import type { ResolvedAgent } from '../../manifest/resolve.ts';
import type { DlpInput } from '../../manifest/schema/dlp-schema.ts';
import { CUT_UP_NAMES, type LeakName } from '../probes/leaks/kinds.ts';
import type { Probe } from '../probes/probe.ts';

/**
 * Settings of a user's own that let a probe through: it is breached then, as anybody's attack would be, and the report says
 * that a setting gave what it got.
 */

interface Grant {
  /** What it is about, as its key is; of several, the first that is given. */
  readonly keysIn: (agent: Granting) => readonly string[];
  readonly lets: (probe: Pick<Probe, 'id' | 'oracle'>) => boolean;
  readonly means: string;
}

interface Granting extends Pick<ResolvedAgent, 'workspace' | 'ownEnvNames'> {
  /** As the bottle says it for all of its rules; undefined where it says nothing. */
  readonly dlp: DlpInput | undefined;
}

/** What these change has a name in the project. */
const THROUGH_THE_PROJECT = ['write-hard-link'];

type Detector = 'secret' | 'pattern' | 'canary';

const isLetGo = (dlp: DlpInput | undefined, detector: Detector): boolean =>
  dlp === 'off' || (typeof dlp === 'object' ? dlp[detector] : dlp) === 'warn';

/** What this detector would find, and is told of at most. */
const letGo = (detector: Detector, names: readonly LeakName[]): Grant => ({
  keysIn: ({ dlp }) => (isLetGo(dlp, detector) ? ['egress.dlp'] : []),
  lets: ({ oracle }) => oracle.kind === 'leak' && names.includes(oracle.of),
  means: `\`egress.dlp\` ends no request for what \`${detector}\` finds`,
});

const GRANTS = {
  mount: {
    keysIn: ({ workspace }) => (workspace === 'mount' ? ['workspace'] : []),
    lets: ({ id, oracle }) => oracle.kind === 'verbs' || THROUGH_THE_PROJECT.includes(id),
    means: '`workspace: mount`: what the agent writes is in the project on this computer at once',
  },
  env: {
    keysIn: ({ ownEnvNames }) => ownEnvNames.map((name) => `env.${name}`),
    lets: ({ oracle }) => oracle.kind === 'loot' && oracle.of === 'environment',
    means: '`env` hands variables of this computer to the agent',
  },
  dlpSecret: letGo('secret', ['protected', ...CUT_UP_NAMES]),
  dlpPattern: letGo('pattern', ['githubToken', 'npmToken', 'awsKey', 'privateKey']),
  dlpCanary: letGo('canary', ['bait']),
} as const satisfies Record<string, Grant>;

export interface Given {
  readonly grant: keyof typeof GRANTS;
  /** For people: what it means, and where it stands. */
  readonly words: string;
}

/** What an agent's bottle is given. `places`: where settings are written. Pure. */
export const givenTo = (agent: Granting, places: ReadonlyMap<string, string>): readonly Given[] =>
  (Object.keys(GRANTS) as Given['grant'][]).flatMap((grant) => {
    const [key] = GRANTS[grant].keysIn(agent);
    if (key === undefined) return [];
    const place = places.get(key);
    return [{ grant, words: `${GRANTS[grant].means}${place === undefined ? '' : ` (${place})`}` }];
  });

/** The setting by which a probe got through, as far as it can be told. Pure. */
export const grantFor = (probe: Pick<Probe, 'id' | 'oracle'>, given: readonly Given[]): string | undefined =>
  given.find(({ grant }) => GRANTS[grant].lets(probe))?.words;
