import { setTimeout as sleep } from 'node:timers/promises';
import type { GatewaySecrets } from '../../gateway/config.ts';
import { rejectedSecrets, sendSecrets } from '../../gateway/launch/control.ts';
import { wantedSecrets, type Identity } from '../../secrets/identity.ts';
import { readSecret } from '../../secrets/read.ts';
import { createRefresher } from '../../secrets/refresh.ts';
import type { BottleRecord, Refresh } from '../state/record.ts';
import { bottlePaths } from '../state/store.ts';

/** Rereads expiring secrets outside the bottle: the launcher does so, and after a detach the keeper. */

/** The secrets among these that can be read again: those from commands. Pure. */
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
  /** The secrets as just read; undefined if they were read long ago, so that they are reread at once. */
  readonly known: GatewaySecrets | undefined;
  /** Receives a secret that could not be read or delivered. A retry follows. */
  readonly failed: (name: string, error: unknown) => void;
}

/**
 * Keeps the secrets fresh until `stop`: before they expire, and when an upstream rejects one. Runs one command at a
 * time and keeps no process alive.
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

/** Delay before the next attempt, in milliseconds: an ending gateway answers no more, a busy one may answer later. */
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
