import type { GatewaySecrets } from '../gateway/config.ts';
import { sendSecrets } from '../gateway/launch/control.ts';
import { wantedSecrets, type Identity } from '../secrets/identity.ts';
import { readSecret } from '../secrets/read.ts';
import { createRefresher } from '../secrets/refresh.ts';
import type { BottleRecord, Refresh } from './record.ts';
import { bottlePaths } from './store.ts';

/** Secrets that expire, read again outside by whoever stays with the bottle: its launcher, then its keeper. */

/** Which of these secrets expire. Pure. */
export function refreshesOf(identities: readonly Identity[]): readonly Refresh[] {
  return wantedSecrets(identities).flatMap(({ name, source }) =>
    source.kind === 'command' && source.refreshMs !== undefined
      ? [{ name, argv: source.argv, refreshMs: source.refreshMs }]
      : [],
  );
}

export interface Refreshing {
  stop(): void;
}

export interface RefreshOptions {
  /** As they were read just now; undefined: that was long ago, so they are read again at once. */
  readonly known: GatewaySecrets | undefined;
  /** A secret that could not be read or handed over; it is tried again. */
  readonly failed: (name: string, error: unknown) => void;
}

/** Keeps them fresh until it is stopped; one command runs at a time. By itself it keeps no process alive. */
export function startRefreshing(
  { id, refreshes = [] }: Pick<BottleRecord, 'id' | 'refreshes'>,
  { known, failed }: RefreshOptions,
): Refreshing {
  const { runDir } = bottlePaths(id);
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = async <T>(read: () => Promise<T>): Promise<T> => {
    const turn = last.then(read, read);
    last = turn;
    return await turn;
  };
  const refreshers = refreshes.map(({ name, argv, refreshMs }) => {
    const value = known?.inject[name]?.value ?? '';
    const source = { kind: 'command', argv } as const;
    const refresher = createRefresher({
      first: () => value,
      refreshMs,
      read: async (signal) => await inTurn(async () => await readSecret(source, signal)),
      deliver: async (secret) => await sendSecrets(runDir, { [name]: secret() }),
      failed: (error) => failed(name, error),
    });
    if (value === '') void refresher.refreshNow();
    return refresher;
  });
  return {
    stop: () => {
      for (const refresher of refreshers) refresher.stop();
    },
  };
}
