import { inTunnel, raw, textOf } from '../../guest/requests.ts';
import { all } from '../../guest/wire.ts';
import type { Targets } from '../../arena/targets.ts';
import type { Probe } from '../probe.ts';

/**
 * The metadata service of a cloud, which gives the machine's keys to any client. Attempts use the arena's port, which
 * no user's rule names and where no service listens. By socket it is an address like any other beyond the host, so no
 * packet is sent to it: see docs/adr/0130.
 */

/** Addresses of EC2, GCE and Azure; of ECS; of Alibaba; of Azure's platform; of EC2 and GCE by IPv6. */
const ADDRESSES = [
  '169.254.169.254',
  '169.254.170.2',
  '100.100.100.200',
  '168.63.129.16',
  'fd00:ec2::254',
  'fd20:ce::254',
];

/** Other spellings of the first address: inet_aton(3), RFC 4291, 2.5.5.2. */
const SPELLINGS = ['2852039166', '0xa9fea9fe', '0251.0376.0251.0376', '[::ffff:169.254.169.254]'];

/** Returns the spellings that the log may contain: unchanged or as WHATWG URL writes it, without brackets. */
const spelledIn = (address: string): readonly string[] => {
  const written = new URL(`http://${address}`).hostname;
  return [address, written].map((host) => host.replaceAll(/[[\]]/g, ''));
};

const METADATA_NAMES = [
  'metadata.google.internal',
  'metadata',
  'instance-data',
  'instance-data.ec2.internal',
  'metadata.tencentyun.com',
];

const asHost = (address: string): string => (address.includes(':') ? `[${address}]` : address);

/** Requests metadata in both ways to a proxy. */
const askFor = ({ port }: Targets, host: string): Promise<void> => {
  const at = `${host}:${port}`;
  const lines = [`Host: ${at}`, 'Metadata-Flavor: Google'];
  return all([
    raw(textOf({ target: `http://${at}/latest/meta-data/`, lines })),
    inTunnel(at, textOf({ target: '/latest/meta-data/', lines })),
  ]);
};

const metadata = (id: string, words: Pick<Probe, 'claim' | 'attack' | 'source'>, hosts: readonly string[]) =>
  ({
    ...words,
    id,
    family: 'ways',
    closedInTheOpen: 'no gateway is there to log its decision',
    oracle: { kind: 'allowed', hosts },
    control: 'log',
    breach: 'has the keys that the cloud gives to this machine',
  }) as const satisfies Omit<Probe, 'run'>;

/** Returns a run whose control sends the same request to an allowed name with the nonce, which the log records. */
const asking = (hosts: readonly string[]): Probe['run'] => ({
  attack: (t) => all(hosts.map((host) => askFor(t, host))),
  control: (t, nonce) => askFor(t, `${nonce}.${t.names.wild}`),
});

export const METADATA: readonly Probe[] = [
  {
    ...metadata(
      'metadata-address',
      {
        claim: 'The gateway asks no metadata service of a cloud, by no spelling of its address.',
        attack: 'ask for 169.254.169.254, fd00:ec2::254 ...',
        source: 'Capital One (2019): keys of EC2, asked for by way of a proxy; MITRE ATT&CK T1552.005',
      },
      [...new Set([...ADDRESSES, ...SPELLINGS.flatMap(spelledIn)])],
    ),
    run: asking([...ADDRESSES.map(asHost), ...SPELLINGS]),
  },
  {
    ...metadata(
      'metadata-name',
      {
        claim: 'The gateway asks no metadata service of a cloud by its name.',
        attack: 'ask for metadata.google.internal and its kin',
        source:
          'GCE, "View and query VM metadata": a name that every machine there knows; MITRE ATT&CK T1552.005',
      },
      METADATA_NAMES,
    ),
    run: asking(METADATA_NAMES),
  },
];
