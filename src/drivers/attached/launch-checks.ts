import type { LaunchCheck } from '../driver.ts';
import { at, list, parse, text } from './json.ts';

/** The most checks in an answer: bot-bottle's program sends about twenty. */
const MOST = 64;

/** Parses a machine's report of its launch checks; undefined if it is not in the form of bot-bottle's program. Pure. */
export function launchChecksIn(said: string): readonly LaunchCheck[] | undefined {
  const all = list(parse(said));
  const checks = all.flatMap((one) => {
    const [id, claim, evidence] = ['id', 'claim', 'evidence'].map((name) => text(at(one, name)));
    return id === undefined || claim === undefined || evidence === undefined ? [] : [{ id, claim, evidence }];
  });
  return checks.length === 0 || checks.length !== all.length || checks.length > MOST ? undefined : checks;
}
