import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Dns } from '../store/configuration.ts';
import type { Attachment, Container } from '../store/containers.ts';

/** The root of a machine: the image's files, with a writable layer of its own over them that is kept until it is deleted. */

/** Lays it, in this process's own view of mounts; gives where it shows. */
export function layRoot({ dir }: Container, lower: string): string {
  const places = ['root', 'upper', 'work'].map((name) => join(dir, name));
  for (const path of places) mkdirSync(path, { recursive: true });
  const [rootPath = '', upper = '', work = ''] = places;
  const options = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
  const args = ['-t', 'overlay', 'overlay', '-o', options, rootPath];
  const { status, stderr } = spawnSync('mount', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the root could not be laid: ${stderr}`);
  return rootPath;
}

/** Where names are looked up if nothing else is said: at the `.1` of its first network. */
const nameserversOf = ({ nameservers }: Dns, first: Attachment | undefined): readonly string[] =>
  nameservers.length > 0 || first === undefined ? nameservers : [first.ipv4Gateway];

/** Writes the files that are the machine's own into it, as vminitd does: they are no mounts. */
export function writeOwnFiles(
  rootPath: string,
  { configuration }: Container,
  [first]: readonly Attachment[],
): void {
  const { dns, id } = configuration;
  const own = first?.ipv4Address.replace(/\/\d+$/, '') ?? '127.0.0.1';
  writeInEtc(rootPath, 'hosts', `127.0.0.1 localhost\n${own} ${id}\n`);
  if (dns === undefined) return;
  const lines = [
    ...nameserversOf(dns, first).map((address) => `nameserver ${address}`),
    ...(dns.domain === undefined ? [] : [`domain ${dns.domain}`]),
    ...(dns.searchDomains.length > 0 ? [`search ${dns.searchDomains.join(' ')}`] : []),
    ...(dns.options.length > 0 ? [`options ${dns.options.join(' ')}`] : []),
  ];
  writeInEtc(rootPath, 'resolv.conf', lines.map((line) => `${line}\n`).join(''));
}

function writeInEtc(rootPath: string, name: string, text: string): void {
  const etc = join(rootPath, 'etc');
  mkdirSync(etc, { recursive: true });
  if (!lstatSync(etc).isDirectory()) throw new Error(`${etc} leads elsewhere`);
  rmSync(join(etc, name), { force: true });
  writeFileSync(join(etc, name), text);
}

/** Small programs that need nothing else, of engines on this host. */
const INITS = ['/usr/bin/catatonit', '/usr/libexec/podman/catatonit', '/usr/bin/docker-init'];

/** What stands for the init of `--init`. @throws Error where this host has none */
export function findInit(): string {
  const found = INITS.find((path) => existsSync(path));
  if (found === undefined) throw new Error(`none is there of ${INITS.join(', ')}`);
  return found;
}
