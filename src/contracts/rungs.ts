/** The names of boundaries, runtimes and engines, which the manifest, the drivers and `verify` share. */

/** From weakest to strongest. */
export const BOUNDARIES = ['shared-kernel', 'user-kernel', 'vm'] as const;
export type Boundary = (typeof BOUNDARIES)[number];

export const RUNTIME_NAMES = [
  'bubblewrap',
  'runc',
  'crun',
  'runsc',
  'kata',
  'apple',
  'qemu',
  'firecracker',
] as const;
export type RuntimeName = (typeof RUNTIME_NAMES)[number];

/** The engines that make bottles: container engines, or a runtime that needs none. */
export const ENGINES = ['bubblewrap', 'docker', 'podman', 'apple', 'firecracker', 'qemu', 'nerdctl'] as const;
export type EngineName = (typeof ENGINES)[number];

/** The engines that the container driver supports. */
export type ContainerEngine = Extract<EngineName, 'docker' | 'podman'>;
