import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Place } from '../settings.ts';
import { DEFAULT_DEVICES } from './devices.ts';
import type { Spec } from './types.ts';

/** containerd's own default (oci.WithDefaultSpec), as its client prints it; it is kept. */
export function defaultSpec({ dir }: Place, path: string): Spec {
  const file = join(dir, 'default-spec.json');
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Spec;
  } catch {
    const text = execFileSync('ctr', ['oci', 'spec'], { encoding: 'utf8', env: { PATH: path } });
    writeFileSync(file, text);
    return JSON.parse(text) as Spec;
  }
}

/** What nerdctl changes of it in every container (pkg/cmd/container/run_linux.go: setPlatformOptions). */
export function applyPlatform(spec: Spec): void {
  spec.linux.resources.devices = [...(spec.linux.resources.devices ?? []), ...DEFAULT_DEVICES];
  spec.mounts = spec.mounts.filter(({ destination }) => destination !== '/run');
  spec.mounts.push({
    destination: '/sys/fs/cgroup',
    type: 'cgroup',
    source: 'cgroup',
    options: ['ro', 'nosuid', 'noexec', 'nodev'],
  });
}
