import { runBeside } from '../../bottle/session/beside.ts';
import type { BottleRecord } from '../../bottle/state/record.ts';
import type { AuditLine } from '../../gateway/config.ts';
import type { AgentMessage } from '../inside/attack.ts';
import type { Probe } from '../probes/probe.ts';

/**
 * Tries the previous bottle's grants in the next bottle of the same name, at the old gateway's address, and reads the
 * new log.
 */

/** Returns the ids of the probes that check for the previous bottle's grants. */
export const idsGranted = (probes: readonly Pick<Probe, 'id' | 'oracle'>[]): readonly string[] =>
  probes.filter(({ oracle }) => oracle.kind === 'end' && oracle.sees === 'granted').map(({ id }) => id);

const DEADLINE_MS = 10_000;

/**
 * Returns the gateway URL of a running bottle, from its `HTTP_PROXY`; undefined if that holds no URL, so there is no
 * gateway to ask.
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

/** Returns how a gateway allowed names with this nonce, each way once. Pure. */
export const allowedIn = (decisions: readonly Decided[], nonce: string): readonly string[] => [
  ...new Set(
    about(decisions, nonce)
      .filter(({ verdict }) => verdict === 'allow')
      .map(({ via }) => `allowed by the next one's gateway (${via})`),
  ),
];

/**
 * Returns the next bottle's messages, without the attempts for which its gateway logged no request: a gateway that
 * received no request has refused nothing. `asked`: the nonces, by id. Pure.
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
