/**
 * What a container is, as the real one writes it down and shows it: apple/container Sources/ContainerResource/Container/
 * ContainerConfiguration.swift, ProcessConfiguration.swift, Filesystem.swift at 1.2.2.
 */

export interface Configuration {
  readonly id: string;
  readonly image: { readonly reference: string; readonly descriptor: Descriptor };
  readonly mounts: readonly Mount[];
  readonly publishedPorts: readonly unknown[];
  readonly publishedSockets: readonly PublishedSocket[];
  readonly labels: Readonly<Record<string, string>>;
  readonly sysctls: Readonly<Record<string, string>>;
  readonly networks: readonly NetworkAttachment[];
  readonly dns?: Dns | undefined;
  readonly rosetta: boolean;
  readonly initProcess: ProcessConfiguration;
  readonly platform: { readonly os: string; readonly architecture: string; readonly variant?: string };
  readonly resources: { readonly cpus: number; readonly memoryInBytes: number };
  readonly runtimeHandler: string;
  readonly virtualization: boolean;
  readonly ssh: boolean;
  readonly readOnly: boolean;
  readonly useInit: boolean;
  readonly capAdd: readonly string[];
  readonly capDrop: readonly string[];
  readonly maskedPaths: readonly string[];
  readonly readonlyPaths: readonly string[];
  readonly shmSize?: number | undefined;
  readonly stopSignal?: string | undefined;
  readonly creationDate: string;
}

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** An enumeration with values is an object with one key, as Swift's encoder has it. */
export type MountType =
  | { readonly virtiofs: Readonly<Record<string, never>> }
  | { readonly tmpfs: Readonly<Record<string, never>> };

export interface Mount {
  readonly type: MountType;
  readonly source: string;
  readonly destination: string;
  readonly options: readonly string[];
}

export interface PublishedSocket {
  readonly containerPath: string;
  readonly hostPath: string;
}

export interface NetworkAttachment {
  readonly network: string;
  readonly options: {
    readonly hostname: string;
    readonly macAddress?: string | undefined;
    readonly mtu: number;
  };
}

export interface Dns {
  readonly nameservers: readonly string[];
  readonly domain?: string | undefined;
  readonly searchDomains: readonly string[];
  readonly options: readonly string[];
}

export type User =
  | { readonly raw: { readonly userString: string } }
  | { readonly id: { readonly uid: number; readonly gid: number } };

export interface Rlimit {
  readonly limit: string;
  readonly soft: number;
  readonly hard: number;
}

export interface ProcessConfiguration {
  readonly executable: string;
  readonly arguments: readonly string[];
  readonly environment: readonly string[];
  readonly workingDirectory: string;
  readonly terminal: boolean;
  readonly user: User;
  readonly supplementalGroups: readonly number[];
  readonly rlimits: readonly Rlimit[];
}

export const isTmpfs = ({ type }: Mount): boolean => 'tmpfs' in type;
