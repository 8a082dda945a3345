import process from 'node:process';
import type { AuditLog } from '../audit/log.ts';
import type { GatewayConfig } from '../config.ts';
import type { LivePolicy } from '../gate/live-policy.ts';
import { renderMetrics } from '../metrics/render.ts';
import { basicUsersIn, type LiveScreen } from '../screen/live.ts';
import { constraintsOf } from '../tls/authority/names.ts';
import { openTunnels } from '../tunnel/join.ts';
import { unmetRequirements, type Means } from './unmet-requirements.ts';
import type { Controls } from './serve.ts';

export interface ControlParts {
  readonly config: Pick<GatewayConfig, 'bottleId' | 'policy' | 'learns'>;
  readonly audit: AuditLog;
  readonly policy: LivePolicy;
  readonly screen: LiveScreen;
  /** Closes idle connections to hosts now, and busy ones when their request ends. */
  readonly dropIdle: () => void;
}

/** Creates the controls that the launcher has while the bottle runs. */
export function createControls({ config, audit, policy, screen, dropIdle }: ControlParts): Controls {
  const means: Means = {
    constraints: constraintsOf(config.policy),
    secrets: Object.keys(screen.identities),
    learns: config.learns === true,
  };
  return {
    metrics: () =>
      renderMetrics({
        ...audit.tally.counters(),
        bottle: config.bottleId,
        openTunnels: openTunnels(),
        // Only /proc shows the current size, and the gateway has no /proc.
        peakResidentBytes: process.resourceUsage().maxRSS * 1024,
      }),
    setPolicy: (next) => {
      const closing = policy.closed();
      const lacking = closing === undefined ? unmetRequirements(next, means) : [closing.reason];
      if (lacking.length > 0) return { lacking };
      // Must happen before the new policy lends a secret.
      screen.nameUsers(basicUsersIn(next));
      const closed = policy.change(next);
      dropIdle();
      return { closed };
    },
    setSecrets: (values) => screen.renew(values),
    unwritable: async (signal) => await audit.untilUnwritable(signal),
    rejected: async (signal) => await screen.rejections.next(signal),
  };
}
