import type { Targets } from '../../arena/targets.ts';
import { helloTo } from '../../guest/hello.ts';
import { inTunnel, raw, textOf } from '../../guest/requests.ts';
import { all, eachSpelling } from '../../guest/wire.ts';
import type { Probe, Run } from '../probe.ts';

/** Names, addresses and ports in spellings that two programs parse differently. */

/** The common fields of these probes. */
export const spelling = {
  family: 'names',
  oracle: { kind: 'canary' },
  control: 'canary',
} as const satisfies Partial<Probe>;

/** Returns the addresses that a careless parser would reach: loopback, and the host's first address. */
export const evils = ({ addresses }: Targets): string[] => ['127.0.0.1', ...addresses.ip4.slice(0, 1)];

interface Where {
  readonly host: string;
  readonly at?: string | number;
}

/** Sends the nonce to this spelling by every way to a proxy, over HTTP and TLS. @throws as `all` */
export function everyWay({ port, names }: Targets, nonce: string, { host, at = port }: Where): Promise<void> {
  const path = `/${nonce}`;
  const target = `${host}:${at}`;
  const heads = [host, names.http].map((name) => [`Host: ${name}:${port}`]);
  return all([
    helloTo(target, nonce, { names: [host] }),
    ...heads.map((lines) => inTunnel(target, textOf({ target: path, lines }))),
    ...heads.map((lines) => raw(textOf({ target: `http://${target}${path}`, lines }))),
  ]);
}

/** Returns a run that tries each of these hosts; its control uses the allowed host. */
export const spelled = (spell: (names: Targets['names'], targets: Targets) => readonly string[]): Run => ({
  attack: (t, nonce) => eachSpelling(nonce, spell(t.names, t), (host, nonce) => everyWay(t, nonce, { host })),
  control: (t, nonce) => everyWay(t, nonce, { host: t.names.http }),
});
