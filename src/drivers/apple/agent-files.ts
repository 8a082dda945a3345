import { lstatSync } from 'node:fs';
import { makePrivateDir } from '../../host/files.ts';
import { copyPrograms, copyTo, writeTo } from '../attached/machine-files.ts';
import { ETC_FILES, etcContent } from '../attached/machine.ts';
import type { BottleSpec, Mount } from '../driver.ts';
import { containerName } from './names.ts';
import { alonePath, hostPaths } from './machine-paths.ts';

/** What a bottle's machine is given of the host, besides the bottle's own folders: copies in folders of their own. */

/** Whether a mount shows a single file; it is there. */
export const isFile = ({ hostPath }: Mount): boolean => lstatSync(hostPath).isFile();

/** Copies the programs and the files that are mounted by themselves, and writes the bottle's own. */
export async function writeAgentFiles(spec: BottleSpec): Promise<void> {
  const { programDir, socketsDir } = hostPaths(spec.runDir);
  await makePrivateDir(socketsDir);
  await copyPrograms(programDir, ['attached/first.pl']);
  // The host name is the container's: there is no `--hostname`.
  const content = etcContent(spec, containerName(spec.id, 'agent'));
  for (const name of ETC_FILES) await writeTo(alonePath(spec.runDir, `/etc/${name}`), content[name]);
  for (const mount of spec.mounts.filter((one) => one.isSocket !== true && isFile(one)))
    await copyTo(mount.hostPath, alonePath(spec.runDir, mount.guestPath), 0o644);
}
