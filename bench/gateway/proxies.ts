import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { untilOpen } from '../network.ts';
import type { Authorities } from './authorities.ts';
import { GATEWAY_PORT, startGateway } from './ours.ts';
import type { Peers } from './packages.ts';

/**
 * The gateway, its variants, and the peers. Each opens TLS with its own authority, writes a log if it can, and caches
 * no answers.
 */

export interface Place {
  readonly folder: string;
  readonly authorities: Authorities;
  readonly peers: Peers;
}

export interface Started {
  readonly process: ChildProcess;
  /** The authority that signs the certificates that clients see. The origin's own if the proxy does not open TLS. */
  readonly authorityPath: string;
}

export interface Proxy {
  readonly name: string;
  readonly role: 'subject' | 'variant' | 'peer';
  readonly address: string;
  readonly port: number;
  readonly start: (place: Place) => Promise<Started>;
}

const SQUID_PORT = 3129;
const SANDBOX_RUNTIME_PORT = 3131;
const MOCKTTP_PORT = 3132;

export const PROXIES: readonly Proxy[] = [
  {
    name: 'gateway',
    role: 'subject',
    address: '127.200.0.1',
    port: GATEWAY_PORT,
    start: (place) => startGateway(place, { address: '127.200.0.1' }),
  },
  {
    name: 'gateway, dlp',
    role: 'variant',
    address: '127.200.0.2',
    port: GATEWAY_PORT,
    start: (place) => startGateway(place, { address: '127.200.0.2', dlp: 'block' }),
  },
  { name: 'squid', role: 'peer', address: '127.0.0.1', port: SQUID_PORT, start: startSquid },
  {
    name: 'sandbox-runtime',
    role: 'peer',
    address: '127.0.0.1',
    port: SANDBOX_RUNTIME_PORT,
    start: (place) => startPeer(place, 'sandbox-runtime', SANDBOX_RUNTIME_PORT),
  },
  {
    name: 'mockttp',
    role: 'peer',
    address: '127.0.0.1',
    port: MOCKTTP_PORT,
    start: (place) => startPeer(place, 'mockttp', MOCKTTP_PORT),
  },
];

async function startSquid({ folder, authorities }: Place): Promise<Started> {
  const { certificatePath, keyPath } = authorities.peerAuthority;
  const helper = '/usr/lib/squid/security_file_certgen';
  // If root starts squid, it switches to another user, who must be able to use its files: everybody can.
  const squidFolder = join(folder, 'squid');
  const certificates = join(squidFolder, 'certificates');
  mkdirSync(squidFolder);
  execFileSync(helper, ['-c', '-s', certificates, '-M', '4MB'], { stdio: 'ignore' });
  execFileSync('chmod', ['-R', 'a+rwX', squidFolder]);
  chmodSync(folder, 0o755);
  const lines = [
    `http_port 127.0.0.1:${SQUID_PORT} ssl-bump tls-cert=${certificatePath} tls-key=${keyPath} generate-host-certificates=on`,
    `sslcrtd_program ${helper} -s ${certificates} -M 4MB`,
    'sslcrtd_children 1',
    'acl hello at_step SslBump1',
    'ssl_bump peek hello',
    'ssl_bump bump all',
    `tls_outgoing_options cafile=${authorities.originAuthority.certificatePath}`,
    'http_access allow all',
    'cache deny all',
    'pid_filename none',
    `access_log stdio:${squidFolder}/access.log`,
    'cache_log /dev/null',
    'visible_hostname bench',
  ];
  writeFileSync(join(squidFolder, 'squid.conf'), `${lines.join('\n')}\n`);
  const squid = spawn('squid', ['-N', '-f', join(squidFolder, 'squid.conf')], { stdio: 'ignore' });
  await untilOpen('127.0.0.1', SQUID_PORT);
  return { process: squid, authorityPath: certificatePath };
}

async function startPeer({ authorities, peers }: Place, name: string, port: number): Promise<Started> {
  const { certificatePath, keyPath } = authorities.peerAuthority;
  const originAuthorityPath = authorities.originAuthority.certificatePath;
  const packagePath = name === 'mockttp' ? peers.mockttpPath : peers.sandboxRuntimePath;
  const program = join(import.meta.dirname, 'peers', `${name}.ts`);
  const peer = spawn(
    peers.nodePath,
    [program, packagePath, String(port), certificatePath, keyPath, originAuthorityPath],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, NODE_OPTIONS: '', NODE_EXTRA_CA_CERTS: originAuthorityPath },
    },
  );
  await untilOpen('127.0.0.1', port);
  return { process: peer, authorityPath: certificatePath };
}
