import { lstatSync } from 'node:fs';
import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makePrivateDir } from '../../host/files.ts';
import { assetPath } from '../../host/paths.ts';
import { GUEST, type BottleSpec, type Mount } from '../driver.ts';
import { agentUser, ETC_FILES } from './agent.ts';
import { containerName } from './names.ts';
import { alonePath, hostPlaces } from './places.ts';

/** What a bottle's machine is given of the host, besides the bottle's own folders: copies in folders of their own. */

/** The programs that run in it first; each needs those beside it. */
const PROGRAMS = [
  'apple/first.pl',
  'apple/exec.pl',
  'apple/session.pl',
  'apple/relay.pl',
  'apple/confine.pl',
  'apple/inside.pl',
  'handover/fds.pl',
  'handover/checks.pl',
  'handover/ports.pl',
  'sandbox/program.pl',
] as const;

/** Whether a mount shows a single file; it is there. */
export const isFile = ({ hostPath }: Mount): boolean => lstatSync(hostPath).isFile();

/** Copies the programs and the files that are mounted by themselves, and writes the bottle's own. */
export async function writeAgentFiles(spec: BottleSpec): Promise<void> {
  const { programDir, socketsDir } = hostPlaces(spec.runDir);
  await makePrivateDir(socketsDir);
  for (const name of PROGRAMS) await copyTo(assetPath(name), join(programDir, name), 0o644);
  for (const name of ETC_FILES) await writeTo(alonePath(spec.runDir, `/etc/${name}`), contentOf(spec)[name]);
  for (const mount of spec.mounts.filter((one) => one.isSocket !== true && isFile(one)))
    await copyTo(mount.hostPath, alonePath(spec.runDir, mount.guestPath), 0o644);
}

/** Readable for all: whoever the agent is, they are its files. The folder above is private. */
export async function copyTo(from: string, to: string, mode: number): Promise<void> {
  await mkdir(dirname(to), { recursive: true, mode: 0o755 });
  await copyFile(from, to);
  await chmod(to, mode);
}

async function writeTo(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  await writeFile(path, content, { mode: 0o644 });
}

/** Names are resolved by the gateway alone. The host name is the container's: there is no `--hostname`. */
function contentOf({ id, rung }: BottleSpec): Readonly<Record<(typeof ETC_FILES)[number], string>> {
  const { uid, gid } = agentUser();
  const hostname = containerName(id, 'agent');
  return {
    passwd:
      `root:x:0:0:root:/root:/bin/sh\n${GUEST.user}:x:${uid}:${gid}::${GUEST.home}:/bin/sh\n` +
      'nobody:x:65534:65534:nobody:/nonexistent:/bin/false\n',
    group: `root:x:0:\n${GUEST.user}:x:${gid}:\nnogroup:x:65534:\n`,
    hosts: `127.0.0.1 localhost ${hostname}\n::1 localhost\n`,
    'resolv.conf': `nameserver ${rung.traits.gatewayAddress}\noptions timeout:2 attempts:2\n`,
  };
}
