import type { Rung } from '../driver.ts';
import { unlessMissing } from '../engine/missing.ts';
import { once } from '../once.ts';
import { addressOf, type Connection, type Engine } from './engine/engine.ts';
import { factsOfRuntime } from './rungs.ts';

/** The connections for one engine's rungs. */
export interface Connections {
  /** Asks the engine of the rung now. @throws BottleError `rungUnavailable` if it cannot be used */
  readonly connect: (rung: Rung, signal?: AbortSignal) => Promise<Connection>;
  /** Like `connect`, but asks only once for each rung and address until `forget`. */
  readonly connectOnce: (rung: Rung, signal: AbortSignal) => Promise<Connection>;
  /** As in `Driver`. */
  readonly lookKey: (rung: Rung) => Promise<string | undefined>;
  /** Makes the next `connectOnce` ask again. */
  readonly forget: () => void;
}

/** Returns functions that connect to an engine at the address of each rung. Does not connect by itself. */
export function connectionsOf(engine: Engine): Connections {
  const known = new Map<string, Promise<Connection>>();
  const connect = async (rung: Rung, signal?: AbortSignal): Promise<Connection> => {
    const { runtime } = factsOfRuntime(rung.runtime);
    return unlessMissing(await engine.connect(runtime, { signal, address: rung.address }));
  };
  const connectOnce = async (rung: Rung, signal: AbortSignal): Promise<Connection> =>
    await once(known, keyOf(rung), async () => await connect(rung, signal));
  return {
    connect,
    connectOnce,
    lookKey: async (rung) => {
      if (engine.lookKeyUnasked !== undefined)
        return engine.lookKeyUnasked(factsOfRuntime(rung.runtime).runtime);
      try {
        const connecting = connectOnce(rung, new AbortController().signal);
        const connection = await connecting;
        // A start passes the address that was found here, so it can use the same connection.
        known.set(keyOf({ runtime: rung.runtime, ...addressOf(connection) }), connecting);
        return connection.lookKey;
      } catch {
        return undefined;
      }
    },
    forget: () => known.clear(),
  };
}

const keyOf = ({ runtime, address = '' }: Pick<Rung, 'runtime' | 'address'>): string =>
  `${runtime} ${address}`;
