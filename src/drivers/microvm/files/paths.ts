import { join } from 'node:path';

/** A machine's own files on the host, in its bottle's `runDir`. */
export const machinePaths = (runDir: string) => {
  const dir = join(runDir, 'machine');
  return {
    dir,
    keysDir: join(dir, 'keys'),
    ownPath: join(dir, 'own'),
    filesPath: join(dir, 'files'),
    scratchPath: join(dir, 'scratch'),
    workPath: join(dir, 'work'),
    outDir: join(dir, 'out'),
  };
};
