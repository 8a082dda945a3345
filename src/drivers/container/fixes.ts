import { installPackage, readOsRelease } from '../../host/system/distribution.ts';

/** Commands and settings that fix a problem on this host's distribution. */

/** Runtimes that Docker runs by a containerd shim, with the `runtimeType` of its documentation: a name or a path. */
const SHIMS: Readonly<Record<string, string>> = { kata: 'io.containerd.kata.v2' };

/** The path of the shim in Kata's releases: docs/how-to/how-to-use-kata-with-docker.md of kata-containers 4.1.0. */
export const KATA_SHIM = '/opt/kata/bin/containerd-shim-kata-v2';

/**
 * The exact registration of a runtime with Docker. `path`: the path of its program or shim, if known. NixOS writes
 * dockerd's configuration itself (nixos/modules/virtualisation/docker.nix, `daemon.settings`; NixOS/nixpkgs#420414).
 */
export function registration(runtime: string, path?: string, osRelease = readOsRelease()): string {
  const shim = SHIMS[runtime];
  const [key, value] =
    shim === undefined ? ['path', path ?? `/usr/bin/${runtime}`] : ['runtimeType', path ?? shim];
  const nixos = installPackage(
    { nixos: `virtualisation.docker.daemon.settings.runtimes.${runtime}.${key} = "${value}";` },
    osRelease,
  );
  const settings = { runtimes: { [runtime]: { [key]: value } } };
  return nixos ?? `add ${JSON.stringify(settings)} to /etc/docker/daemon.json and restart Docker`;
}

/** Patterns of engines' error messages, with the fix for each. */
const KNOWN_FAILURES: readonly (readonly [RegExp, string | (() => string)])[] = [
  [
    /cannot run with network enabled in root network namespace/,
    'install runsc 20240807 or newer (older ones do not know kernels from 6.11 on), or register it with ' +
      '"runtimeArgs": ["--network=host"] in /etc/docker/daemon.json',
  ],
  // containers/crun#1417 dropped the check of the version; crun#1620 names the release.
  [
    /unknown version specified/,
    'install crun 1.14.3 or newer, and have it first in PATH (Debian 12 has 1.8): https://github.com/containers/crun/releases',
  ],
  [
    /cgroups in hybrid mode not supported/,
    'boot with systemd.unified_cgroup_hierarchy=1 (cgroup v2 alone), or use runtime: runc',
  ],
  [/docker-init/, 'install tini: docker-init is the first program of every bottle'],
  [
    /Memory: asked for .+, the engine has 0/,
    'this Podman cannot limit memory and processes: boot with cgroup v2 alone and log in through systemd, or use runtime: bubblewrap',
  ],
  [
    /swap: memory\.\S+ cannot be read|MemorySwap: asked for \d+, the engine has (-1|0)\b/,
    'this kernel counts no swap, so nothing holds a bottle to none: boot with swapaccount=1, or turn swap off (sudo swapoff -a)',
  ],
  // kata-containers 3459 and 1327; the module that blocks vhost_vsock is VMware's own
  [
    /\/dev\/vhost-(?:vsock|net)/,
    'sudo modprobe vhost_vsock vhost_net; where it is busy: sudo modprobe -r vmw_vsock_vmci_transport',
  ],
  [
    /(?:ould not access KVM|ailed to initialize) (?:KVM|kernel module)/i,
    'sudo modprobe kvm_intel (or kvm_amd); where this host is a virtual machine itself, nested virtualisation in its settings',
  ],
  // isShippedKataConfigPath in src/runtime/pkg/containerd-shim-v2/create.go of Kata 4.1.0: it accepts only two paths
  [
    /only shipped Kata configuration files are accepted/,
    'take KATA_CONF_FILE out of what starts the shim, and name the configuration in /etc/docker/daemon.json: ' +
      '"options": {"ConfigPath": "..."} beside "runtimeType"',
  ],
  // A machine without KVM, or with a kernel without hotplug, cannot get processors after its start.
  [
    /online cpus?\b|cpus? .*\bonlined?\b/i,
    'this machine takes no processors after its start: set static_sandbox_resource_mgmt = true in the configuration of Kata',
  ],
  [
    /annotation \S+ is not enabled|bytes of memory in its machine/,
    'add "default_memory" to enable_annotations in the hypervisor\'s section of the configuration of Kata, and set enable_guest_swap = false there',
  ],
  [
    /default_memory is less than minimum required/,
    'give the bottle 256 MiB of memory or more (resources.memory)',
  ],
  [
    /processes and threads in its machine/,
    'this Kata applies no kernel.threads-max in its machine: Kata Containers 3.30 or newer does, by the sysctls of a container',
  ],
  [
    /no seccomp filter holds its first process/,
    'set disable_guest_seccomp = false in [runtime] of the configuration of Kata, with a guest image that was built with SECCOMP=yes',
  ],
  // kata-containers/runtime#2564
  [
    /annot find usable config file/,
    'put a configuration of your release at /etc/kata-containers/configuration.toml (in Rust /etc/kata-containers/runtime-rs/), or name it: ' +
      '"options": {"ConfigPath": "..."} beside "runtimeType" in /etc/docker/daemon.json',
  ],
  [/containerd-shim-kata\S*": file does not exist/, () => registration('kata', KATA_SHIM)],
  [
    /no network interface but lo/,
    'Kata Containers 3.30 or newer: it gets its network after its machine has started',
  ],
  [
    /no VMM that this user could see/,
    'sudo bot-bottle doctor: only root sees which process has a virtual machine open',
  ],
  [
    /of this container runs on this host/,
    () =>
      `run bot-bottle where Docker's own processes can be seen (no hidepid, the same host), or the registered runtime is not Kata: ${registration('kata', KATA_SHIM)}`,
  ],
  [
    /its kernel is the host's own|has a virtual machine of KVM/,
    () => `the registered runtime is not Kata: ${registration('kata', KATA_SHIM)}`,
  ],
  [
    /cannot (specify|set) resource limits|cgroups? v2/i,
    'boot with cgroup v2 and delegate its controllers to your user',
  ],
];

/** The fix for a failure with a known message; undefined if the message is unknown. */
export function knownFix(message: string): string | undefined {
  const fix = KNOWN_FAILURES.find(([pattern]) => pattern.test(message))?.[1];
  return typeof fix === 'function' ? fix() : fix;
}

/** Kata logs more than it reports to its client: docs/Developer-Guide.md of kata-containers 4.1.0. */
export const SEE_KATA = 'see what Kata says: sudo journalctl --identifier kata; then bot-bottle doctor';

/**
 * The fix for a failed start, by its message; else a command that repeats the failure. Never an installation: the
 * program is installed.
 */
export const fixFor = (message: string, again: string): string =>
  knownFix(message) ?? `see its output: ${again}`;

/**
 * The end of Docker's message about a failed start: the OCI runtime's message, or how it ended. Removes the prefixes of
 * the components that passed the message on.
 */
export function tailOfFailure(message: string): string {
  const passedOn =
    /^(?:failed to create task for container: |failed to create shim task: |OCI runtime create failed: |unable to retrieve OCI runtime error \([^)]*\): |runc create failed: )+/;
  return message.replace(passedOn, '').replace(/: unknown$/, '');
}

/** The fix for a bottle whose runtime has its own network stack but must use the host's. */
export const hostStackFix = ({
  engine,
  runtimeKey,
}: {
  readonly engine: string;
  readonly runtimeKey: string;
}): string =>
  engine === 'docker'
    ? `register ${runtimeKey} with "runtimeArgs": ["--network=host"] in /etc/docker/daemon.json and restart Docker; or start with --network-form bridge`
    : 'start with --network-form bridge';
