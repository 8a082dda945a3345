import { constants } from 'node:os';
import type { Connection } from '../containerd/grpc.ts';

/** Signals to this program are for the one in the container: they do not end this one (pkg/signalutil: ForwardAllSignals). */

const FORWARDED = [
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
  'SIGTERM',
  'SIGCONT',
  'SIGALRM',
  'SIGWINCH',
] as const satisfies readonly NodeJS.Signals[];

/** Passes them on for as long as this program runs. */
export function forwardSignals(
  connection: Connection,
  process_: { readonly containerId: string; readonly execId: string },
): void {
  for (const name of FORWARDED)
    process.on(name, () => {
      // What has ended gets none.
      connection.call('kill', { ...process_, signal: constants.signals[name] }).catch(() => undefined);
    });
}
