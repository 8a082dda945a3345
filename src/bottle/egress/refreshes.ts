import { setTimeout as sleep } from 'node:timers/promises';
import type { GatewaySecrets } from '../../gateway/config.ts';
import { rejectedSecrets, sendSecrets } from '../../gateway/launch/control.ts';
import { wantedSecrets, type Identity } from '../../secrets/identity.ts';
import { readSecret } from '../../secrets/read.ts';
import { createRefresher } from '../../secrets/refresh.ts';
import type { BottleRecord, Refresh } from '../state/record.ts';
import { bottlePaths } from '../state/store.ts';

/** Rereads expiring secrets outside the bottle: its launcher does so, and its keeper after a detach. */

/** Which of these secrets can be read again: those of commands. Pure. */
export function refreshesOf(identities: readonly Identity[]): readonly Refresh[] {
  return wantedSecrets(identities).flatMap(({ name, source }) =>
    source.kind === 'command'
      ? [
          {
            name,
            argv: source.argv,
            ...(source.refreshMs === undefined ? {} : { refreshMs: source.refreshMs }),
            ...(source.gives === undefined ? {} : { gives: source.gives }),
          },
        ]
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

/**
 * Keeps them fresh until it is stopped, in time and when a host rejects one; one command runs at a time. By itself it keeps no
 * process alive.
 */
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
  const refreshers = new Map(
    refreshes.map(({ name, argv, refreshMs, gives, expiresAtMs }) => {
      const value = known?.inject[name]?.value ?? '';
      const source = { kind: 'command' as const, argv, ...(gives === undefined ? {} : { gives }) };
      const refresher = createRefresher({
        first: Object.assign(() => value, expiresAtMs === undefined ? {} : { expiresAtMs }),
        refreshMs,
        read: async (signal) => await inTurn(async () => await readSecret(source, signal)),
        deliver: async (secret) => await sendSecrets(runDir, { [name]: secret() }),
        failed: (error) => failed(name, error),
      });
      const isTimed = refreshMs !== undefined || expiresAtMs !== undefined;
      if (value === '' && isTimed) void refresher.refreshNow();
      return [name, refresher] as const;
    }),
  );
  const ending = new AbortController();
  if (refreshers.size > 0) {
    void heedRejections(runDir, ending.signal, async (name) => await refreshers.get(name)?.refreshNow());
  }
  return {
    stop: () => {
      ending.abort();
      for (const refresher of refreshers.values()) refresher.stop();
    },
  };
}

/** A gateway that is ending answers no more, and one that is busy may answer later. */
const BETWEEN_QUESTIONS_MS = 1_000;

async function heedRejections(
  runDir: string,
  signal: AbortSignal,
  refresh: (name: string) => Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await Promise.all((await rejectedSecrets(runDir, signal)).map(refresh));
    } catch {
      await sleep(BETWEEN_QUESTIONS_MS, undefined, { ref: false, signal }).catch(() => undefined);
    }
  }
}
