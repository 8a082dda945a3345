import { hostname, release } from 'node:os';
import { prettyName, readOsRelease } from '../../../host/system/distribution.ts';
import type { ContainerEngine } from '../../../contracts/rungs.ts';

/** What an engine reports about its host, and what this host reports about itself. */
export interface EngineInfo {
  readonly engine: ContainerEngine;
  /** Docker: PRETTY_NAME of os-release(5); Podman: its ID and its VARIANT_ID. */
  readonly os: string;
  /** As `uname -r` prints it. */
  readonly kernel: string;
  /** As `uname -n` prints it. */
  readonly name: string;
  readonly isRootless: boolean;
  /** Podman's program reports that the service it asks runs elsewhere. */
  readonly isRemote: boolean;
  /** Docker's data folder; undefined if unknown. */
  readonly rootDir?: string | undefined;
  /** Podman answers in place of Docker. */
  readonly isPodman?: boolean;
}

/** This program's own host, from `uname` and os-release(5). */
export type Here = Pick<EngineInfo, 'os' | 'kernel' | 'name'>;

/** The part of Docker's `GET /info` that distinguishes hosts. */
export interface DockerSays {
  readonly OperatingSystem: string;
  readonly KernelVersion: string;
  readonly Name: string;
  readonly SecurityOptions: readonly string[];
  readonly DockerRootDir?: string;
  /** Only Podman sends it: pkg/api/handlers/types.go of podman 5.4.2. */
  readonly BuildahVersion?: string;
}

/** The part of Podman's `info` that distinguishes hosts; older versions report less. */
export interface PodmanSays {
  readonly host?: {
    readonly distribution?: { readonly distribution?: string; readonly variant?: string };
    readonly hostname?: string;
    readonly kernel?: string;
    readonly security?: { readonly rootless?: boolean };
    readonly serviceIsRemote?: boolean;
  };
}

/** Docker appends "(containerized)" to the name if it finds itself in a container. */
const CONTAINERIZED = / \(containerized\)$/;

/** Converts the answer to `GET /info`. */
export const dockerInfo = (info: DockerSays): EngineInfo => ({
  engine: 'docker',
  os: info.OperatingSystem.replace(CONTAINERIZED, ''),
  kernel: info.KernelVersion,
  name: info.Name,
  isRootless: info.SecurityOptions.some((option) => option.startsWith('name=rootless')),
  isRemote: false,
  rootDir: info.DockerRootDir,
  isPodman: info.BuildahVersion !== undefined,
});

/** Converts the output of `podman info`. A service reports itself as remote, so only the program's report counts. */
export const podmanInfo = ({ host }: PodmanSays, asked: 'program' | 'service'): EngineInfo => ({
  engine: 'podman',
  os: [host?.distribution?.distribution, host?.distribution?.variant].filter(Boolean).join(' '),
  kernel: host?.kernel ?? '',
  name: host?.hostname ?? '',
  isRootless: host?.security?.rootless === true,
  isRemote: asked === 'program' && host?.serviceIsRemote === true,
});

/** This host, as an engine on it would report it. */
export const readHere = (): Here => ({
  os: prettyName(readOsRelease()),
  kernel: release(),
  name: hostname(),
});
