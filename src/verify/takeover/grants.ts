import type { ResolvedAgent } from '../../manifest/resolve.ts';
import type { DlpInput } from '../../manifest/schema/dlp-schema.ts';
import { CUT_UP_NAMES, type LeakName } from '../probes/leaks/kinds.ts';
import type { Probe } from '../probes/probe.ts';

/**
 * A user's own setting that lets a probe succeed. The probe is still breached, because any attack would be; the report
 * names the setting.
 */

interface Grant {
  /** The key of the setting; if several, the first one that is given. */
  readonly keysIn: (agent: Granting) => readonly string[];
  readonly lets: (probe: Pick<Probe, 'id' | 'oracle'>) => boolean;
  readonly means: string;
}

interface Granting extends Pick<ResolvedAgent, 'workspace' | 'ownEnvNames'> {
  /** The bottle's value for all its rules; undefined if it has none. */
  readonly dlp: DlpInput | undefined;
}

/** Probes that change files through their names in the project. */
const THROUGH_THE_PROJECT = ['write-hard-link'];

type Detector = 'secret' | 'pattern' | 'canary';

const isLetGo = (dlp: DlpInput | undefined, detector: Detector): boolean =>
  dlp === 'off' || (typeof dlp === 'object' ? dlp[detector] : dlp) === 'warn';

/** Returns the grant of a detector that is off, or only warns. */
const letGo = (detector: Detector, names: readonly LeakName[]): Grant => ({
  keysIn: ({ dlp }) => (isLetGo(dlp, detector) ? ['egress.dlp'] : []),
  lets: ({ oracle }) => oracle.kind === 'leak' && names.includes(oracle.of),
  means: `\`egress.dlp\` ends no request for what \`${detector}\` finds`,
});

const GRANTS = {
  mount: {
    keysIn: ({ workspace }) => (workspace === 'mount' ? ['workspace'] : []),
    lets: ({ id, oracle }) => oracle.kind === 'verbs' || THROUGH_THE_PROJECT.includes(id),
    means: '`workspace: mount`: what the agent writes is in the project on this host at once',
  },
  env: {
    keysIn: ({ ownEnvNames }) => ownEnvNames.map((name) => `env.${name}`),
    lets: ({ oracle }) => oracle.kind === 'loot' && oracle.of === 'environment',
    means: '`env` hands variables of this host to the agent',
  },
  dlpSecret: letGo('secret', ['protected', ...CUT_UP_NAMES]),
  dlpPattern: letGo('pattern', ['githubToken', 'npmToken', 'awsKey', 'privateKey']),
  dlpCanary: letGo('canary', ['bait']),
} as const satisfies Record<string, Grant>;

export interface Given {
  readonly grant: keyof typeof GRANTS;
  /** For users: its meaning, and its position. */
  readonly words: string;
}

/** Returns the grants of an agent's bottle. `places`: the positions of settings. Pure. */
export const givenTo = (agent: Granting, places: ReadonlyMap<string, string>): readonly Given[] =>
  (Object.keys(GRANTS) as Given['grant'][]).flatMap((grant) => {
    const [key] = GRANTS[grant].keysIn(agent);
    if (key === undefined) return [];
    const place = places.get(key);
    return [{ grant, words: `${GRANTS[grant].means}${place === undefined ? '' : ` (${place})`}` }];
  });

/** Returns the setting by which a probe succeeded, if known. Pure. */
export const grantFor = (probe: Pick<Probe, 'id' | 'oracle'>, given: readonly Given[]): string | undefined =>
  given.find(({ grant }) => GRANTS[grant].lets(probe))?.words;
