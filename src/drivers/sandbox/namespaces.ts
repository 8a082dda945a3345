/** Options of bwrap(1): all namespaces are new; the first program there has pid 1, in a separate session. */
export const OWN_NAMESPACES: readonly string[] = [
  ['--unshare-user', '--unshare-ipc', '--unshare-pid', '--unshare-uts', '--unshare-cgroup', '--unshare-net'],
  ['--new-session', '--as-pid-1'],
].flat();
