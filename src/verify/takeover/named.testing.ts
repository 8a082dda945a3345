import { manifestOf } from '../../../test/support/manifest.ts';
import { draftsMeant, type Draft } from '../../manifest/draft.ts';
import { resolve, type ResolvedAgent } from '../../manifest/resolve.ts';
import { placesIn } from '../findings/read.ts';
import { namedBottle, type NamedBottle, type Subjected } from './named-bottle.ts';

/** Users' bottles for tests: read, resolved, and in the form to attack. */

export function resolved(draft: Draft): ResolvedAgent {
  return resolve(draft, {
    hostVariable: (name) => `value of ${name}`,
    answers: new Map([...draft.env.keys()].map((name) => [name, 'answered'])),
    presets: new Map(),
    homeDir: '/home/me',
  });
}

/** Returns the agents of the bottle `dev`, each as resolved by a start. */
export function subjectsIn(manifest: object): readonly [Subjected, ...Subjected[]] {
  const [first, ...others] = draftsMeant(manifestOf(JSON.stringify(manifest, undefined, 1)), 'dev').map(
    (draft) => ({
      draft,
      agent: resolved(draft),
      places: placesIn(draft),
    }),
  );
  if (first === undefined) throw new Error('the manifest has no bottle dev');
  return [first, ...others];
}

/** Returns the bottle `dev` in the form to attack. */
export const namedIn = (bottle: object, agents: object = {}): NamedBottle =>
  namedBottle(subjectsIn({ bottles: { dev: bottle }, agents }));
