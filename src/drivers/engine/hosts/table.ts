import { isWsl } from '../../../host/system/distribution.ts';
import type { RuntimeName } from '../../driver.ts';
import type { EngineInfo, Here } from './engine-info.ts';

/**
 * The hosts that people run engines on: how an engine's report identifies each, what is available there, and what is
 * refused. One table for the check, for `doctor --explain` and for docs/HOSTS.md. The first matching row counts.
 */

export const HOST_KINDS = [
  'podman-as-docker',
  'docker-snap',
  'docker-desktop-wsl',
  'docker-desktop',
  'orbstack',
  'rancher-desktop',
  'colima',
  'lima',
  'podman-machine',
  'remote',
  'docker-rootless',
  'podman-rootless',
  'wsl',
  'plain',
] as const;
export type HostKind = (typeof HOST_KINDS)[number];

export interface HostRow {
  readonly title: string;
  /** For people: the values in the engine's report that identify it. */
  readonly knownBy: string;
  readonly matches: (words: EngineInfo, here: Here) => boolean;
  /** Rungs that its engine can offer if this program runs on the same system. */
  readonly rungs: readonly RuntimeName[];
  /** What surrounds its containers, besides the rung's own boundary. */
  readonly boundary: string;
  /** `from outside`: unless this program runs on the same system as the engine. */
  readonly refused: 'always' | 'from outside' | 'no';
  /** Why it is refused; empty if it is not. */
  readonly why: string;
  readonly next: string;
  /** The published source of the values that identify it, or of what it lacks. */
  readonly source: string;
}

const isOnWsl = ({ kernel }: EngineInfo): boolean => isWsl(kernel);
const isDesktop = ({ os, name }: EngineInfo): boolean =>
  os.startsWith('Docker Desktop') || name === 'docker-desktop';

const ALL = ['runc', 'crun', 'runsc', 'kata'] as const;
const SHARED_VM = 'one VM, shared by all bottles';
const UNSEEN = 'its containers are in a VM that this host cannot inspect, so nothing is confirmed';
const FROM_OUTSIDE = 'from outside of its VM, the processes and sockets of a bottle cannot be seen';

export const HOSTS: Readonly<Record<HostKind, HostRow>> = {
  'podman-as-docker': {
    title: "Podman behind Docker's socket",
    knownBy: 'GET /info has BuildahVersion',
    matches: ({ isPodman }) => isPodman === true,
    rungs: ['crun', 'runc', 'runsc'],
    boundary: "the rung's",
    refused: 'always',
    why: 'its answers differ from those of Docker, and it lists runtimes that are not there',
    next: 'unset DOCKER_HOST, docker context use default; Podman itself: --engine podman',
    source: 'https://docs.podman.io/en/latest/markdown/podman-system-service.1.html',
  },
  'docker-snap': {
    title: 'Docker from a snap',
    knownBy: 'DockerRootDir is in /var/snap',
    matches: ({ rootDir }) => rootDir?.startsWith('/var/snap/') === true,
    rungs: ['runc'],
    boundary: "the rung's",
    refused: 'always',
    why: 'it mounts no hidden folder, and starts nothing with no-new-privileges or an init',
    next: 'sudo snap remove docker, then: sudo apt install docker.io',
    source:
      'https://github.com/canonical/docker-snap/issues/334 and 189, bugs.launchpad.net/snapd/+bug/1908448',
  },
  'docker-desktop-wsl': {
    title: 'Docker Desktop on WSL 2',
    knownBy: 'OperatingSystem is Docker Desktop, KernelVersion has "microsoft"',
    matches: (words) => isDesktop(words) && isOnWsl(words),
    rungs: ['runc'],
    boundary: SHARED_VM,
    refused: 'always',
    why: UNSEEN,
    next: 'switch its WSL integration off, then in your distribution: sudo apt install docker.io',
    source: 'https://docs.docker.com/desktop/features/wsl/',
  },
  'docker-desktop': {
    title: 'Docker Desktop',
    knownBy: 'OperatingSystem is Docker Desktop, or Name is docker-desktop',
    matches: isDesktop,
    rungs: ['runc'],
    boundary: SHARED_VM,
    refused: 'always',
    why: UNSEEN,
    next: 'Linux: docker context use default; macOS: brew install colima, colima start, colima ssh',
    source: 'https://github.com/docker/for-mac/issues/6000',
  },
  orbstack: {
    title: 'OrbStack',
    knownBy: 'OperatingSystem is OrbStack, or Name is orbstack',
    matches: ({ os, name }) => os === 'OrbStack' || name === 'orbstack',
    rungs: ['runc'],
    boundary: 'one VM and one network for all',
    refused: 'always',
    why: 'its networks are not isolated: containers of one reach those of another, by design',
    next: 'orb create debian; in it (orb): sudo apt install docker.io, and run bot-bottle there',
    source: 'https://github.com/orbstack/orbstack/issues/1944 and 2492',
  },
  'rancher-desktop': {
    title: 'Rancher Desktop',
    knownBy: 'Name is lima-rancher-desktop, or OperatingSystem is Rancher Desktop WSL Distribution',
    matches: ({ os, name }) => os.startsWith('Rancher Desktop') || name === 'lima-rancher-desktop',
    rungs: ['runc'],
    boundary: SHARED_VM,
    refused: 'from outside',
    why: FROM_OUTSIDE,
    next: 'rdctl shell, and run bot-bottle there (it needs Node 20 and git)',
    source: 'https://github.com/rancher-sandbox/rancher-desktop-wsl-distro/pull/6',
  },
  colima: {
    title: 'Colima',
    knownBy: 'Name is colima, or colima-PROFILE',
    matches: ({ name }) => /^colima(?:-|$)/.test(name),
    rungs: ALL,
    boundary: SHARED_VM,
    refused: 'from outside',
    why: FROM_OUTSIDE,
    next: 'colima ssh, and run bot-bottle there (it needs Node 20 and git)',
    source: 'https://github.com/abiosoft/colima/blob/main/docs/FAQ.md',
  },
  lima: {
    title: 'Lima',
    knownBy: 'Name is lima-INSTANCE',
    matches: ({ name }) => name.startsWith('lima-'),
    rungs: ALL,
    boundary: SHARED_VM,
    refused: 'from outside',
    why: FROM_OUTSIDE,
    next: 'limactl shell INSTANCE, and bot-bottle there; INSTANCE of the template docker-rootful',
    source: 'https://github.com/lima-vm/lima/blob/master/templates/docker-rootful.yaml',
  },
  'podman-machine': {
    title: 'Podman machine',
    knownBy: 'serviceIsRemote, on Fedora (coreos, podman-machine-os or, in WSL, container)',
    matches: ({ isRemote, os }) => isRemote && /^fedora (?:coreos|podman-machine-os|container)$/.test(os),
    rungs: ['crun', 'runc'],
    boundary: SHARED_VM,
    refused: 'from outside',
    why: FROM_OUTSIDE,
    next: 'podman machine ssh, and run bot-bottle there (it needs Node 20 and git)',
    source: 'https://docs.podman.io/en/latest/markdown/podman-machine.1.html',
  },
  remote: {
    title: 'a remote engine',
    knownBy: 'DOCKER_HOST, the context or serviceIsRemote; or KernelVersion is not that of this host',
    matches: ({ isRemote, kernel }, here) => isRemote || kernel !== here.kernel,
    rungs: ALL,
    boundary: 'unknown: another computer',
    refused: 'from outside',
    why: 'it does not run on this host: neither its files nor its processes are here',
    next: 'docker context use default and unset DOCKER_HOST, or run bot-bottle on that computer',
    source: 'https://docs.docker.com/engine/manage-resources/contexts/',
  },
  'docker-rootless': {
    title: 'rootless Docker',
    knownBy: 'SecurityOptions has name=rootless',
    matches: ({ engine, isRootless }) => engine === 'docker' && isRootless,
    rungs: ['runc', 'crun'],
    boundary: "the rung's, as your user",
    refused: 'always',
    why: 'this Docker maps users (userns-remap, rootless): a bottle cannot write to its workspace',
    next: 'use rootful Docker, rootless Podman, or runtime: bubblewrap',
    source: 'https://docs.docker.com/engine/security/rootless/',
  },
  'podman-rootless': {
    title: 'rootless Podman',
    knownBy: 'host.security.rootless is true',
    matches: ({ engine, isRootless }) => engine === 'podman' && isRootless,
    rungs: ['runc', 'crun', 'runsc'],
    boundary: "the rung's, as your user",
    refused: 'no',
    why: '',
    next: 'bot-bottle doctor: which of its rungs are ready',
    source: 'https://docs.podman.io/en/latest/markdown/podman-info.1.html',
  },
  wsl: {
    title: 'WSL 2',
    knownBy: 'KernelVersion has "microsoft"',
    matches: isOnWsl,
    rungs: ALL,
    boundary: "the rung's; one VM for all WSL",
    refused: 'no',
    why: '',
    next: 'bot-bottle doctor: which of its rungs are ready',
    source: 'https://learn.microsoft.com/windows/wsl/compare-versions',
  },
  plain: {
    title: 'plain',
    knownBy: 'nothing else fits',
    matches: () => true,
    rungs: ALL,
    boundary: "the rung's",
    refused: 'no',
    why: '',
    next: 'bot-bottle doctor: which of its rungs are ready',
    source: 'https://docs.docker.com/reference/cli/docker/system/info/',
  },
};
