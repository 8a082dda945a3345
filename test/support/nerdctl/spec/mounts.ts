import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, normalize } from 'node:path';
import type { Parsed } from '../cli/flags.ts';
import type { SnapshotMount } from '../containerd/client.ts';
import { Failure } from '../failure.ts';
import { createVolume, newVolumeName, type Volumes } from '../store/volumes.ts';
import { processMount, processTmpfs, processVolume, type Processed } from './mount-flags.ts';
import type { ImageConfig, Mount, Spec } from './types.ts';
import { deduped } from './values.ts';

/** What a container has mounted (pkg/cmd/container/run_mount.go). */

export interface MountOrder {
  readonly flags: Parsed;
  readonly image: ImageConfig;
  readonly volumes: Volumes;
  /** The image's files, to be looked at. */
  readonly view: readonly SnapshotMount[];
}

/** Applies the flags of mounts, and gives what was made of them. @throws Failure */
export function applyMounts(spec: Spec, { flags, image, volumes, view }: MountOrder): readonly Processed[] {
  const given = [
    ...deduped(flags.list('volume')).map((text) => processVolume(text, volumes)),
    ...deduped(flags.list('tmpfs')).map(processTmpfs),
    ...deduped(flags.list('mount')).map((text) => processMount(text, volumes)),
  ];
  const taken = new Set(given.map(({ mount }) => normalize(mount.destination)));
  const wanted = Object.keys(image.Volumes ?? {}).filter((path) => !taken.has(normalize(path)));
  const all = [...given, ...wanted.map((path) => imageVolume(path, volumes))];
  for (const { type, mount } of all) {
    const propagation = mount.options?.find((option) => /^r?(shared|slave)$/.test(option));
    if (type === 'bind' && propagation !== undefined) spreadRoot(spec, propagation);
  }
  const filled = all.filter(({ type }) => type === 'volume');
  if (filled.length > 0)
    looking(view, (root) => {
      for (const { mount } of filled) copyContents(join(root, mount.destination), mount.source ?? '');
    });
  spec.mounts = withMounts(
    spec.mounts,
    all.map(({ mount }) => mount),
  );
  return all;
}

function imageVolume(path: string, volumes: Volumes): Processed {
  if (['/', '/dev', '/sys', 'proc'].includes(normalize(path))) throw new Failure(`invalid VOLUME: "${path}"`);
  const name = newVolumeName();
  const mount = {
    type: 'none',
    source: createVolume(volumes, name),
    destination: normalize(path),
    options: ['rbind'],
  };
  return { type: 'volume', name: '', anonymousVolume: name, mode: '', mount };
}

function spreadRoot({ linux }: Spec, propagation: string): void {
  if (propagation.endsWith('shared')) {
    if (!/^r?shared$/.test(linux.rootfsPropagation ?? '')) linux.rootfsPropagation = 'shared';
  } else linux.rootfsPropagation ??= 'rslave';
}

/** Those that replace others, and all by how deep they are: one below another comes after it. */
function withMounts(defaults: readonly Mount[], given: readonly Mount[]): Mount[] {
  const taken = new Set(given.map(({ destination }) => normalize(destination)));
  const kept = defaults.filter(({ destination }) => {
    const path = normalize(destination);
    return !taken.has(path) && !(taken.has('/dev') && path.startsWith('/dev/'));
  });
  const depth = ({ destination }: Mount): number => normalize(destination).split('/').length;
  return [...kept, ...given].sort((one, other) => depth(one) - depth(other));
}

/** Looks at a root where it is mounted. */
function looking(view: readonly SnapshotMount[], look: (root: string) => void): void {
  const root = mkdtempSync(join(tmpdir(), 'initialC'));
  const [mount] = view;
  try {
    execFileSync('mount', [
      '-t',
      mount?.type ?? 'none',
      '-o',
      (mount?.options ?? []).join(','),
      mount?.source ?? '',
      root,
    ]);
    try {
      look(root);
    } finally {
      execFileSync('umount', [root]);
    }
  } finally {
    rmSync(root, { recursive: true });
  }
}

/** What an image has at a volume's place goes into the volume, if that is empty. */
function copyContents(from: string, into: string): void {
  if (!existsSync(from) || readdirSync(into).length > 0) return;
  execFileSync('cp', ['-a', `${from}/.`, into]);
}
