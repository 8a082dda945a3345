import { readFileSync } from 'node:fs';
import { atLeast } from '../cli/flags.ts';
import { Failure, notImitated } from '../failure.ts';
import { LABELS } from '../spec/labels.ts';
import { connected, walk, type Call } from './context.ts';

/** `nerdctl logs`: all that a container has printed, both streams as one. */
export async function logs(call: Call): Promise<number> {
  const { flags } = call;
  atLeast(1, flags.rest);
  for (const name of ['follow', 'timestamps', 'tail', 'since', 'until', 'details'])
    if (flags.changed(name)) throw notImitated(`logs --${name}`);
  const [request = ''] = flags.rest;
  const found = await connected(
    call,
    async (connection) =>
      await walk(connection, request, async ({ id, labels = {} }) => {
        process.stdout.write(readOr(`${labels[LABELS.stateDir] ?? ''}/${id}-json.log`));
        await Promise.resolve();
      }),
  );
  if (!found) throw new Failure(`no such container ${request}`);
  return 0;
}

function readOr(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    return Buffer.alloc(0);
  }
}
