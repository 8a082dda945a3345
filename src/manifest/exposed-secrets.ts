import type { SecretSource } from '../secrets/source.ts';
import type { EnvEntry } from './draft.ts';
import { manifestError, type Problem } from './text/report.ts';

/** Refuses an environment that would show the agent a secret that `inject` keeps outside. */

/** The secret that the gateway adds to a rule's requests. */
export interface Lent {
  /** The rule's ID. */
  readonly id: string;
  readonly source: SecretSource;
  /** The bottle's variable that gets the placeholder. */
  readonly env?: string;
}

/** A secret that was read: the name of its source, and the texts that only its hosts may see. */
export interface ReadSecret {
  readonly name: string;
  readonly texts: readonly string[];
}

/** An environment, as the manifest states it and as the bottle would get it. */
export interface BottleEnvironment {
  readonly envEntries: ReadonlyMap<string, EnvEntry>;
  readonly env: () => Readonly<Record<string, string>>;
}

/**
 * Refuses an environment that contains the variable from which a secret is read, or that sets the variable of a
 * placeholder. Pure.
 * @throws BottleError `manifest` with the position of each such variable
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
 * Refuses an environment that contains the value of a secret, whatever its origin: another variable, an answer, a
 * longer text. Pure.
 * @throws BottleError `manifest` with the position of each such variable, and without any value
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

/**
 * Minimum length for a match inside a longer value. A shorter secret may be a common word, such as `postgres` in the
 * URL of a database.
 */
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

/** Hides the line: it may contain the secret. */
const hidden = (problem: Problem): Problem => ({ ...problem, hidesLine: true });

/** Reports each problem once: a rule for a repository becomes one rule per host of its forge. */
function refuse(problems: readonly Problem[]): void {
  const once = new Map(problems.map((problem) => [problem.what, problem]));
  if (once.size > 0) throw manifestError([...once.values()]);
}

/** Whether the entry inserts the host variable from which the secret is read. */
const isShown = ({ value }: EnvEntry, { source }: Lent): boolean =>
  source.kind === 'env' &&
  value.kind === 'text' &&
  value.parts.some((part) => 'hostVariable' in part && part.hostVariable === source.name);
