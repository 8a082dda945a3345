import { BottleError } from '../errors.ts';
import type { UpstreamProxy } from '../gateway/config.ts';
import type { ResolvedAgent } from '../manifest/resolve.ts';

/** The fields of an agent that show whether it has a secret. */
type Secretive = Pick<ResolvedAgent, 'bottle' | 'egress' | 'ssh' | 'ownEnvNames'>;

/**
 * Learning lets out requests that no rule covers, so only a bottle without secrets may learn.
 * @throws BottleError `policy` for a bottle with secrets, naming them
 */
export function refuseToLearn({ bottle, egress, ssh, ownEnvNames }: Secretive): void {
  const secrets = [
    ...egress.allow.filter(({ inject }) => inject !== undefined).map(({ id }) => `${id} has inject`),
    ...egress.protect.map((pattern) => `egress.protect has ${pattern}`),
    ...ssh.map(({ id }) => `${id} lends a key`),
    ...ownEnvNames.map((name) => `env.${name} comes from this computer, or from you`),
  ];
  if (secrets.length === 0) return;
  throw new BottleError('policy', `the bottle ${bottle} has secrets: it cannot learn`, {
    details: secrets,
    fix: 'start --learn with a bottle that has none of these, and take its rules over',
  });
}

/**
 * Learning allows only public hosts, which a lookup shows. Behind a company proxy there is no lookup, and the proxy
 * would reach all hosts of the company.
 * @throws BottleError `policy` if this host uses a proxy
 */
export function refuseToLearnThrough(proxy: UpstreamProxy | undefined): void {
  if (proxy === undefined) return;
  throw new BottleError('policy', 'HTTPS_PROXY of this computer is set: a bottle cannot learn', {
    details: [
      'what no rule is about would reach all hosts that the company proxy reaches, also those of the company',
    ],
    fix: 'start without --learn, and make rules of what was refused: bot-bottle policy log',
  });
}
