import { describeRefusal } from '../denial.ts';
import type { Gate, Passage } from '../gate.ts';
import { screenRequest } from '../screen/request.ts';
import type { Screen } from '../screen/screen.ts';
import type { Answer } from './answer.ts';
import type { Inbound } from './exchange.ts';
import { asksForAnother } from './overrides.ts';
import { portOf, schemeOf, type Entrance, type Target } from './target.ts';

/** From a request whose target was read to its way out, or to what is answered instead. */

/** A target that is not the gateway itself. */
export type AskedTarget = Exclude<Target, { kind: 'health' }>;

export type Admitted = { readonly inbound: Inbound; readonly passage: Passage } | Answer;

/** Asks the gate. A refusal is in the log when this settles, and so is what may go out. */
export async function admit(
  inbound: Inbound,
  target: AskedTarget,
  { gate, screen, entrance, isWebSocket = false }: AdmitContext,
): Promise<Admitted> {
  const { method } = inbound;
  const base = {
    via: entrance.via,
    scheme: schemeOf(entrance),
    method,
    isRequest: true,
    hasBody: inbound.body !== undefined,
    isWebSocket,
    isOverridden: asksForAnother(inbound),
  };
  if (target.kind === 'refused') {
    const path = withoutQuery(inbound.path);
    const asked = { ...base, host: target.host, port: portOf(entrance), path };
    return describeRefusal(asked, gate.refuse(asked, target.rule, target.reason));
  }
  const { endpoint, path } = target;
  const asked = { ...base, host: endpoint.host.host, port: endpoint.port, path: withoutQuery(path) };
  const judged = await gate.judge(asked);
  if (judged.verdict === 'deny') return describeRefusal(asked, judged);
  const screened = await screenRequest({ ...inbound, path }, judged, { gate, screen, tls: entrance.tls });
  return 'verdict' in screened ? describeRefusal(asked, screened) : screened;
}

export interface AdmitContext {
  readonly gate: Gate;
  readonly screen: Screen;
  readonly entrance: Entrance;
  readonly isWebSocket?: boolean;
}

function withoutQuery(path: string): string {
  return path.replace(/\?.*$/s, '');
}
