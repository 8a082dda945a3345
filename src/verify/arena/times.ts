import { stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { hostVariable } from '../../host/env.ts';

/** Programs of this host that a bottle's runtime is made of. A write to one is root on the host: CVE-2019-5736. */
const RUNTIMES = [
  'runc',
  'crun',
  'runsc',
  'bwrap',
  'conmon',
  'docker-init',
  'catatonit',
  'containerd-shim-runc-v2',
];

/** Notes when these, and all runtimes, were last changed; the function gives those that have been since. */
export async function watchTimes(paths: readonly string[]): Promise<() => Promise<readonly string[]>> {
  const folders = ['/usr/libexec/podman', ...(hostVariable('PATH') ?? '').split(delimiter)];
  const all = [...paths, ...folders.flatMap((folder) => RUNTIMES.map((name) => join(folder, name)))];
  const before = await timesOf(all);
  return async () => {
    const after = await timesOf(all);
    return [...before].filter(([path, time]) => after.get(path) !== time).map(([path]) => path);
  };
}

async function timesOf(paths: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const times = new Map<string, number>();
  for (const path of new Set(paths)) {
    const time = await stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => undefined,
    );
    if (time !== undefined) times.set(path, time);
  }
  return times;
}
