import type { SecretSource } from '../secrets/source.ts';
import type { EnvEntry } from './draft.ts';
import { manifestError, type Problem } from './text/report.ts';

/** Secrets that `inject` keeps outside, and that the environment of the bottle would show the agent all the same. */

/** What the requests of a rule are lent. */
export interface Lent {
  /** The rule's. */
  readonly id: string;
  readonly source: SecretSource;
  /** The bottle's variable that gets the placeholder. */
  readonly env?: string;
}

/** A secret that was read: where it is from, and the texts that nobody but its hosts may see. */
export interface ReadSecret {
  readonly name: string;
  readonly texts: readonly string[];
}

/** An environment, as it is written and as the bottle would have it. */
export interface BottleEnvironment {
  readonly envEntries: ReadonlyMap<string, EnvEntry>;
  readonly env: () => Readonly<Record<string, string>>;
}

/**
 * Refuses an environment with the variable that a secret is read from, or with a value where the placeholder is due. Pure.
 * @throws BottleError `manifest` with the place of each such variable
 */
export function refuseExposedSecrets(entries: BottleEnvironment['envEntries'], lent: readonly Lent[]): void {
  refuse(
    [...entries].flatMap(([variable, entry]) =>
      lent.flatMap((one) => {
        if (variable === one.env)
          return [
            hidden(
              problemAt(entry, `\`${variable}\` is the variable that gets the placeholder of ${one.id}`),
            ),
          ];
        return isShown(entry, one)
          ? [problemAt(entry, `\`${variable}\` would show the agent the secret of ${one.id}`)]
          : [];
      }),
    ),
  );
}

/**
 * Refuses an environment that has the value of a secret, wherever that came from: another variable, an answer, a longer text. Pure.
 * @throws BottleError `manifest` with the place of each such variable, and without any value
 */
export function refuseShownSecrets(
  { envEntries, env }: BottleEnvironment,
  secrets: readonly ReadSecret[],
): void {
  const values = env();
  refuse(
    [...envEntries].flatMap(([variable, entry]) =>
      secrets.flatMap(({ name, texts }) =>
        texts.some((text) => shows(values[variable] ?? '', text))
          ? [hidden(problemAt(entry, `\`${variable}\` would show the agent the secret that ${name} holds`))]
          : [],
      ),
    ),
  );
}

/** Shorter ones may be words of everybody's, as `postgres` in the URL of a database. */
const LEAST_UNMISTAKABLE = 16;

function shows(value: string, text: string): boolean {
  if (text.length >= LEAST_UNMISTAKABLE) return value.includes(text);
  return value === text || value.includes(`:${text}@`);
}

const problemAt = ({ at }: EnvEntry, what: string): Problem => ({
  at,
  what,
  hint: 'leave the variable out of `env`',
});

/** The secret itself may be written there. */
const hidden = (problem: Problem): Problem => ({ ...problem, hidesLine: true });

/** A rule of a repository is one for each host of its forge. */
function refuse(problems: readonly Problem[]): void {
  const once = new Map(problems.map((problem) => [problem.what, problem]));
  if (once.size > 0) throw manifestError([...once.values()]);
}

/** Whether it is named there as a variable of this computer. */
const isShown = ({ value }: EnvEntry, { source }: Lent): boolean =>
  source.kind === 'env' &&
  value.kind === 'text' &&
  value.parts.some((part) => 'hostVariable' in part && part.hostVariable === source.name);
