/** The command that makes a sandbox: bubblewrap with a first program of bot-bottle, which serves sessions. */

/** Options of bwrap(1): all namespaces are new; the first program there has pid 1, in a separate session. */
export const OWN_NAMESPACES: readonly string[] = [
  ['--unshare-user', '--unshare-ipc', '--unshare-pid', '--unshare-uts', '--unshare-cgroup', '--unshare-net'],
  ['--new-session', '--as-pid-1'],
].flat();

/** Descriptors of the command besides standard input, output and error. The inputs follow. */
export const FD = { info: 3, life: 4, control: 5, firstInput: 6 } as const;

/** The content that the command reads from one of its descriptors. */
export type Input =
  | { readonly kind: 'filter' }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'asset'; readonly name: string };

export interface SandboxCommand {
  readonly program: string;
  readonly args: readonly string[];
  /** The n-th input is the command's descriptor `FD.firstInput + n`. */
  readonly inputs: readonly Input[];
}
