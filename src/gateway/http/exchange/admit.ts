import { withoutQuery } from '../../audit/line.ts';
import { describeRefusal } from '../../gate/denial.ts';
import type { Asked, Gate, Passage } from '../../gate/gate.ts';
import { canonicalEndpoint } from '../../message/canonical.ts';
import { screenRequest } from '../../screen/request.ts';
import type { Screen } from '../../screen/screen.ts';
import type { Answer, Inbound } from '../../message/exchange.ts';
import { asksForAnother, secondPathsOf } from '../../message/overrides.ts';
import { portOf, schemeOf, type Entrance, type Target } from '../../message/target.ts';

/** Turns a request with a parsed target into a passage, or into the answer that refuses it. */

/** A target other than the gateway itself. */
export type AskedTarget = Exclude<Target, { kind: 'health' }>;

export type Admitted = { readonly inbound: Inbound; readonly passage: Passage } | Answer;

/** Judges a request. Its refusal, or its line that lets it pass, is in the log when this settles. */
export async function admit(
  inbound: Inbound,
  target: AskedTarget,
  { gate, screen, entrance, isWebSocket = false }: AdmitContext,
): Promise<Admitted> {
  const said = { inbound, entrance, isWebSocket };
  if (target.kind === 'refused') {
    const asked = askedOf(said, { ...placeNamed(target.host, portOf(entrance)), path: inbound.path });
    return describeRefusal(asked, gate.refuse(asked, target.rule, target.reason));
  }
  const { endpoint, path } = target;
  const asked = askedOf(said, { host: endpoint.host.host, port: endpoint.port, path });
  const judged = await gate.judge(asked);
  if (judged.verdict === 'deny') return describeRefusal(asked, judged);
  const screened = await screenRequest(path === inbound.path ? inbound : { ...inbound, path }, judged, {
    gate,
    screen,
    tls: entrance.tls,
  });
  return 'verdict' in screened ? describeRefusal(asked, screened) : screened;
}

/** Finds host and port for a refusal's line, as far as possible: `example.org:8080` becomes example.org, port 8080. */
function placeNamed(text: string, port: number): { readonly host: string; readonly port: number } {
  const endpoint = canonicalEndpoint(text, port);
  return 'refused' in endpoint ? { host: text, port } : { host: endpoint.host.host, port: endpoint.port };
}

interface Said {
  readonly inbound: Inbound;
  readonly entrance: Entrance;
  readonly isWebSocket: boolean;
}

/** Writes members out, as in live-policy.ts. */
function askedOf(
  { inbound, entrance, isWebSocket }: Said,
  { host, port, path }: { readonly host: string; readonly port: number; readonly path: string },
): Asked {
  const { via, tls } = entrance;
  const { method, body } = inbound;
  const scheme = schemeOf(entrance);
  const hasBody = body !== undefined;
  const isOverridden = asksForAnother(inbound);
  const secondPaths = secondPathsOf(inbound.headers);
  const bare = withoutQuery(path);
  return {
    via,
    host,
    port,
    scheme,
    method,
    path: bare,
    isRequest: true,
    hasBody,
    isWebSocket,
    isOverridden,
    secondPaths,
    tls,
  };
}

export interface AdmitContext {
  readonly gate: Gate;
  readonly screen: Screen;
  readonly entrance: Entrance;
  readonly isWebSocket?: boolean;
}
