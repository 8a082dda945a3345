import { join } from 'node:path';
import { copyPrograms, writeTo } from '../attached/machine-files.ts';
import { ETC_FILES, etcContent } from '../attached/machine.ts';
import type { BottleSpec } from '../driver.ts';
import { hostPaths } from './agent.ts';

/** Copies files of the host for a bottle's machine, besides the bottle's own folders. */

const PROGRAMS = ['nerdctl/stay.pl', 'nerdctl/link.pl', 'nerdctl/mux.pl'] as const;

/** Only in /etc/hosts: the machine's real host name is its container's id. */
const HOSTNAME = 'bottle';

/** Copies the programs, and writes the bottle's own files of /etc. */
export async function writeMachineFiles(spec: Pick<BottleSpec, 'rung' | 'runDir'>): Promise<void> {
  const { programDir, etcDir } = hostPaths(spec.runDir);
  await copyPrograms(programDir, PROGRAMS);
  const content = etcContent(spec, HOSTNAME);
  for (const name of ETC_FILES) await writeTo(join(etcDir, name), content[name]);
}
