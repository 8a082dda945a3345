import type { LaunchCheck } from '../driver.ts';
import { at, list, parse, text } from './json.ts';

/** More is no answer of ours, which has some twenty. */
const MOST = 64;

/** What a machine says of its launch checks; undefined where that is none of what our program says. Pure. */
export function launchChecksIn(said: string): readonly LaunchCheck[] | undefined {
  const all = list(parse(said));
  const checks = all.flatMap((one) => {
    const [id, claim, evidence] = ['id', 'claim', 'evidence'].map((name) => text(at(one, name)));
    return id === undefined || claim === undefined || evidence === undefined ? [] : [{ id, claim, evidence }];
  });
  return checks.length === 0 || checks.length !== all.length || checks.length > MOST ? undefined : checks;
}
