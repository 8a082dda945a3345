/** Labels of nerdctl's own (pkg/labels/labels.go); they are the container's annotations too. */

export const PREFIX = 'nerdctl/';
export const LABELS = {
  namespace: 'nerdctl/namespace',
  name: 'nerdctl/name',
  hostname: 'nerdctl/hostname',
  extraHosts: 'nerdctl/extraHosts',
  stateDir: 'nerdctl/state-dir',
  networks: 'nerdctl/networks',
  logUri: 'nerdctl/log-uri',
  logConfig: 'nerdctl/log-config',
  pidFile: 'nerdctl/pid-file',
  anonymousVolumes: 'nerdctl/anonymous-volumes',
  platform: 'nerdctl/platform',
  mounts: 'nerdctl/mounts',
  stopTimeout: 'nerdctl/stop-timeout',
  ipc: 'nerdctl/ipc',
  error: 'nerdctl/error',
  autoRemove: 'nerdctl/auto-remove',
  hostConfig: 'nerdctl/host-config',
  dns: 'nerdctl/dns',
} as const;

/** containerd's own. */
export const STOP_SIGNAL_LABEL = 'io.containerd.image.config.stop-signal';
export const RESTART_LABELS = {
  status: 'containerd.io/restart.status',
  policy: 'containerd.io/restart.policy',
  logUri: 'containerd.io/restart.loguri',
  explicitlyStopped: 'containerd.io/restart.explicitly-stopped',
  count: 'containerd.io/restart.count',
} as const;
