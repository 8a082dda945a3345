import { join } from 'node:path';

/** Returns the paths of a machine's own files on the host, below its bottle's `runDir`. */
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
