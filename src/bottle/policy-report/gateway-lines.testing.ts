import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuditLog } from '../../gateway/audit/log.ts';
import type { AuditLine, Policy } from '../../gateway/config.ts';
import { gateBy } from '../../gateway/gate/gate.testing.ts';
import type { Entrance } from '../../gateway/message/target.ts';
import { judgeRequest } from '../../gateway/screen/judge.ts';
import { createLivePolicy } from '../../gateway/gate/live-policy.ts';
import { canonicalEndpoint } from '../../gateway/message/canonical.ts';
import { createScreen, NO_SECRETS } from '../../gateway/screen/screen.ts';
import { readDecisions } from '../log/logs.ts';

/** A request of a bottle, in the form that its gateway receives. */
interface Sent {
  /** How the connection arrives; default: by CONNECT, as with `HTTPS_PROXY`, inside opened TLS. */
  readonly over?: Pick<Entrance, 'via' | 'isSecure' | 'tls'>;
  /** `example.org`, optionally with a port: the host of the tunnel and of the Host header. */
  readonly to: string;
  readonly method?: string;
  readonly path?: string;
  readonly isWebSocket?: boolean;
}

/** CONNECT, and plain HTTP in the tunnel. */
export const PLAIN_IN_TUNNEL = { via: 'connect' } as const;
/** TLS without a proxy, opened. */
export const OPENED_TLS = { via: 'tls', isSecure: true, tls: 'TLSv1.3 http/1.1' } as const;
const OPENED_TUNNEL = { via: 'connect', isSecure: true, tls: 'TLSv1.3 h2' } as const;

/** The log lines that a gateway with this policy writes for these requests. */
export async function linesOf(policy: Policy, requests: readonly Sent[]): Promise<AuditLine[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bot-bottle-lines-'));
  const path = join(folder, 'egress.jsonl');
  const audit = new AuditLog({ path, bottleId: 'b1' });
  try {
    const gate = gateBy(createLivePolicy(policy), audit);
    const screen = createScreen({ secrets: NO_SECRETS, rules: [], basicUsers: [] });
    for (const {
      over = OPENED_TUNNEL,
      to,
      method = 'GET',
      path: sent = '/',
      isWebSocket = false,
    } of requests) {
      const bound = canonicalEndpoint(to, 'isSecure' in over ? 443 : 80);
      if ('refused' in bound) throw new Error(bound.refused);
      const entrance: Entrance = { ...over, bound };
      const content = { body: undefined, trailers: () => [], wantsTrailers: false };
      const request = { method, path: sent, headers: ['host', to], ...content };
      await judgeRequest(request, { gate, screen, entrance, isWebSocket });
    }
    audit.close();
    const lines: AuditLine[] = [];
    for await (const line of readDecisions(path)) lines.push(line);
    return lines;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
