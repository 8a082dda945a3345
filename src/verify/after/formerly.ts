import { runBeside } from '../../bottle/session/beside.ts';
import type { BottleRecord } from '../../bottle/state/record.ts';
import type { AuditLine } from '../../gateway/config.ts';
import type { AgentMessage } from '../inside/agent-messages.ts';
import type { Probe } from '../probes/probe.ts';

/** What the bottle before was allowed, tried in the next one of its name: where its gateway was, and what the next one's says. */

/** The ids of the probes that try it. */
export const idsGranted = (probes: readonly Pick<Probe, 'id' | 'oracle'>[]): readonly string[] =>
  probes.filter(({ oracle }) => oracle.kind === 'end' && oracle.sees === 'granted').map(({ id }) => id);

const DEADLINE_MS = 10_000;

/**
 * The URL of a running bottle's gateway, by its own word; undefined where that is none, and nobody can be asked there.
 * @throws BottleError `usage` when the bottle does not run
 */
export async function proxyOf(record: BottleRecord, signal: AbortSignal): Promise<string | undefined> {
  const argv = ['sh', '-c', 'printf %s "$HTTP_PROXY"'];
  const { stdout } = await runBeside(record, {
    argv,
    asRoot: false,
    input: '',
    deadlineMs: DEADLINE_MS,
    signal,
  });
  return URL.canParse(stdout) ? stdout : undefined;
}

type Decided = Pick<AuditLine, 'verdict' | 'host' | 'via'>;

const about = <Line extends Decided>(decisions: readonly Line[], nonce: string): readonly Line[] =>
  decisions.filter(({ host }) => nonce !== '' && host.includes(nonce));

/** The ways in which a gateway allowed names with this nonce, each once. Pure. */
export const allowedIn = (decisions: readonly Decided[], nonce: string): readonly string[] => [
  ...new Set(
    about(decisions, nonce)
      .filter(({ verdict }) => verdict === 'allow')
      .map(({ via }) => `allowed by the next one's gateway (${via})`),
  ),
];

/**
 * What the next bottle says, less that it tried these where its gateway has seen no request of it: who was not asked has not
 * refused. `asked`: the nonces, by id. Pure.
 */
export const confirmedBy = (
  decisions: readonly Decided[],
  words: readonly AgentMessage[],
  asked: Readonly<Record<string, string>>,
): readonly AgentMessage[] =>
  words.filter((word) => {
    const nonce = word.kind === 'attempt' ? asked[word.attempt] : undefined;
    return nonce === undefined || about(decisions, nonce).some(({ via }) => via !== 'dns');
  });
