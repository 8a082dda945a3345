import { createInterface } from 'node:readline';
import { killContainer } from './containers.ts';
import type { Connection } from './engine/engine.ts';
import { factsOfRuntime } from './rungs.ts';

/**
 * When a bottle reaches its memory limit, the kernel kills one of its processes. If that is a thread of gVisor, gVisor
 * waits for it forever. So this ends the bottle and prints the reason. Docker reports the event (`oom`), Podman does
 * not.
 */

/** Watches until `over` settles; calls `say` before it kills the container. */
export function endWhenOutOfMemory(
  connection: Connection,
  container: string,
  { over, say }: { readonly over: Promise<unknown>; readonly say: (line: string) => void },
): void {
  if (factsOfRuntime(connection.runtime).sharesKernel || !connection.dialect.reportsOutOfMemory) return;
  const watching = new AbortController();
  const stop = (): void => watching.abort();
  over.then(stop, stop);
  void watch(connection, container, watching.signal).then((isOut) => {
    if (!isOut) return;
    say('bot-bottle: the bottle ran out of memory (resources: memory)');
    killContainer(connection.client, container, 'SIGKILL').catch(() => undefined); // it has ended by itself
  });
}

async function watch({ client }: Connection, container: string, signal: AbortSignal): Promise<boolean> {
  const filters = { container: [container], event: ['oom'] };
  try {
    const events = await client.stream({
      method: 'GET',
      path: '/events',
      query: { filters: JSON.stringify(filters) },
      signal,
    });
    for await (const line of createInterface({ input: events, signal })) return line !== '';
  } catch {
    // the bottle or the engine has ended: nothing to watch
  }
  return false;
}
