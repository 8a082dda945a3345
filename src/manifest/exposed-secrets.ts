import type { EnvEntry } from './draft.ts';
import type { ResolvedInjection } from './injection.ts';
import type { ResolvedRule } from './rules.ts';
import { manifestError, type Problem } from './text/report.ts';

/**
 * Refuses an environment that shows the agent what `inject` keeps outside: the variable that the secret is read from, or a
 * value where the placeholder is due. Of identities that are one word, src/secrets knows the variables.
 * @throws BottleError `manifest` with the place of each such variable
 */
export function refuseExposedSecrets(
  env: ReadonlyMap<string, EnvEntry>,
  rules: readonly Pick<ResolvedRule, 'id' | 'inject'>[],
): void {
  const problems = rules.flatMap(({ id, inject }) =>
    [...env].flatMap(([variable, entry]): Problem[] => {
      const what = inject === undefined ? undefined : exposure(variable, entry, inject);
      return what === undefined
        ? []
        : [
            {
              at: entry.at,
              what: `\`${variable}\` ${what} of ${id}`,
              hint: 'leave the variable out of `env`',
            },
          ];
    }),
  );
  if (problems.length > 0) throw manifestError(problems);
}

function exposure(variable: string, { value }: EnvEntry, inject: ResolvedInjection): string | undefined {
  if ('preset' in inject) return undefined;
  const { source, env } = inject;
  if (variable === env) return 'is the variable that gets the placeholder';
  const isShown =
    source.kind === 'env' &&
    value.kind === 'text' &&
    value.parts.some((part) => 'hostVariable' in part && part.hostVariable === source.name);
  return isShown ? 'would show the agent the secret' : undefined;
}
