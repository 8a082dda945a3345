import { escapeText } from '../../ui/terminal/text.ts';
import { expectOwnGateway } from '../egress/foreign-gateway.ts';
import { readDecisions } from '../log/logs.ts';
import { bottlePaths, findRecord } from '../state/store.ts';
import { rulesOf } from './known-rules.ts';
import { refusalsIn, type Refusals } from './refusals.ts';
import { ruleAsYaml } from './suggested-rule.ts';

export interface LogReport extends Refusals {
  readonly id: string;
  readonly agent: string;
  readonly bottle: string;
}

/**
 * The refusals of a bottle, as rules to consider. Changes nothing.
 * @throws BottleError `usage` if no bottle matches
 */
export async function reportRefusals(idOrAgent: string): Promise<LogReport> {
  const record = await findRecord(idOrAgent);
  expectOwnGateway(record, 'log that rules could be made of');
  const { id, agent, bottle } = record;
  return {
    id,
    agent,
    bottle,
    ...(await refusalsIn(readDecisions(bottlePaths(id).auditPath), await rulesOf(record))),
  };
}

/** Maximum number of entries per list: an agent can request thousands of hosts. */
const MOST_SHOWN = 40;

/** Renders the report as YAML, from which people can copy lines. */
export function renderRefusals({ id, bottle, rules, unsuggested }: LogReport): readonly string[] {
  const never = unsuggested.map(
    ({ host, port, times, why }) => `#   ${host}:${port}, ${timesWord(times)}: ${why}`,
  );
  return [
    `# What ${id} was refused or let out to learn, as rules to consider for the bottle ${bottle}. None of it is allowed by this.`,
    '# The agent chose these hosts and paths: take over only what you know, and want it to reach.',
    ...(rules.length === 0 ? ['# There is nothing to suggest.'] : ['egress:', '  allow:']),
    ...rules
      .slice(0, MOST_SHOWN)
      .map(({ rule, times, reason }) => `    ${ruleAsYaml(rule)} # ${timesWord(times)}: ${reason}`),
    ...(never.length === 0 ? [] : ['# Not suggested:', ...never]),
    ...(Math.max(rules.length, unsuggested.length) > MOST_SHOWN ? ['# There are more: --json has all.'] : []),
  ].map(escapeText);
}

const timesWord = (times: number): string => (times === 1 ? 'once' : `${times} times`);
