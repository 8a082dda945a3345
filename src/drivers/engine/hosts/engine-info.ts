import { hostname, release } from 'node:os';
import { prettyName, readOsRelease } from '../../../host/system/distribution.ts';
import type { EngineName } from '../../driver.ts';

/** What an engine says of the host that it runs on, and what this host says of itself. */
export interface EngineInfo {
  readonly engine: Extract<EngineName, 'docker' | 'podman'>;
  /** Docker: PRETTY_NAME of os-release(5); Podman: its ID and its VARIANT_ID. */
  readonly os: string;
  /** As of `uname -r`. */
  readonly kernel: string;
  /** As of `uname -n`. */
  readonly name: string;
  readonly isRootless: boolean;
  /** Podman's program says that the service it asks is not one of its own. */
  readonly isRemote: boolean;
  /** Where Docker keeps what it has; undefined where nobody says. */
  readonly rootDir?: string | undefined;
  /** Podman answers in the place of Docker. */
  readonly isPodman?: boolean;
}

/** What this program sees around itself: of `uname` and os-release(5). */
export type Here = Pick<EngineInfo, 'os' | 'kernel' | 'name'>;

/** The part of Docker's `GET /info` that tells hosts apart. */
export interface DockerSays {
  readonly OperatingSystem: string;
  readonly KernelVersion: string;
  readonly Name: string;
  readonly SecurityOptions: readonly string[];
  readonly DockerRootDir?: string;
  /** Podman alone says it: pkg/api/handlers/types.go of podman 5.4.2. */
  readonly BuildahVersion?: string;
}

/** The part of Podman's `info` that tells hosts apart; older ones have less. */
export interface PodmanSays {
  readonly host?: {
    readonly distribution?: { readonly distribution?: string; readonly variant?: string };
    readonly hostname?: string;
    readonly kernel?: string;
    readonly security?: { readonly rootless?: boolean };
    readonly serviceIsRemote?: boolean;
  };
}

/** Docker says "(containerized)" behind the name where it finds itself in a container. */
const CONTAINERIZED = / \(containerized\)$/;

/** Of the answer to `GET /info`. */
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

/** Of what `podman info` prints. A service says of itself that it is remote, so only the program's word counts. */
export const podmanInfo = ({ host }: PodmanSays, asked: 'program' | 'service'): EngineInfo => ({
  engine: 'podman',
  os: [host?.distribution?.distribution, host?.distribution?.variant].filter(Boolean).join(' '),
  kernel: host?.kernel ?? '',
  name: host?.hostname ?? '',
  isRootless: host?.security?.rootless === true,
  isRemote: asked === 'program' && host?.serviceIsRemote === true,
});

/** This host, as an engine on it would call it. */
export const readHere = (): Here => ({
  os: prettyName(readOsRelease()),
  kernel: release(),
  name: hostname(),
});
