/** bwrap(1): every namespace a new one, and the first program in there the first of its processes, in a session of its own. */
export const OWN_NAMESPACES: readonly string[] = [
  ['--unshare-user', '--unshare-ipc', '--unshare-pid', '--unshare-uts', '--unshare-cgroup', '--unshare-net'],
  ['--new-session', '--as-pid-1'],
].flat();
