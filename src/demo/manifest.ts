import { NAMES, type Targets } from './targets.ts';

/** The policy of the demo's bottle, as a user would write it: the host's package registry, and the canary by pinned names. */
export function demoManifest({
  agent,
  targets,
}: {
  readonly agent: string;
  readonly targets: Targets;
}): string {
  const { port, names } = targets;
  const addresses = [targets.addresses.ip4[0] ?? '127.0.0.1'];
  const allow = [
    { preset: 'npm' },
    { host: NAMES.http, port, scheme: 'http', addresses },
    // The canary hears what was sent, and speaks no TLS of its own.
    { host: NAMES.tls, port, addresses, tls: 'pass' },
    // Allowed but not pinned: what it leads to is an address of this host, and must be refused for that.
    { host: names.own, port, scheme: 'http' },
  ];
  // JSON is YAML.
  return JSON.stringify(
    {
      bottles: { demo: { workspace: 'copy', env: { NODE_NO_WARNINGS: '1' }, egress: { allow } } },
      agents: { [agent]: { bottle: 'demo', agent: 'shell' } },
    },
    undefined,
    2,
  );
}
