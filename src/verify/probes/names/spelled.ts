import type { Targets } from '../../arena/targets.ts';
import { helloTo } from '../../guest/hello.ts';
import { inTunnel, raw, textOf } from '../../guest/requests.ts';
import { all, eachSpelling } from '../../guest/wire.ts';
import type { Probe, Run } from '../probe.ts';

/** Names, addresses and ports in spellings that two programs read in two ways. */

/** What all of these have in common. */
export const spelling = {
  family: 'names',
  oracle: { kind: 'canary' },
  control: 'canary',
} as const satisfies Partial<Probe>;

/** Where a careless reader would go: the host, by an address of its own, and by that of whoever runs on it. */
export const evils = ({ addresses }: Targets): string[] => ['127.0.0.1', ...addresses.ip4.slice(0, 1)];

interface Where {
  readonly host: string;
  readonly at?: string | number;
}

/** By every way to a proxy, to where this spelling leads: HTTP and TLS. @throws as `all` */
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

/** To each of these hosts; the control, to the one that is allowed. */
export const spelled = (spell: (names: Targets['names'], targets: Targets) => readonly string[]): Run => ({
  attack: (t, nonce) => eachSpelling(nonce, spell(t.names, t), (host, nonce) => everyWay(t, nonce, { host })),
  control: (t, nonce) => everyWay(t, nonce, { host: t.names.http }),
});
