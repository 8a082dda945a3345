import { parseArgs } from 'node:util';
import { freshConfig } from './config.ts';
import { controller } from './controller.ts';
import type { Description } from './description.ts';
import { startMachine } from './machine.ts';
import type { Vmm } from './operations.ts';
import { serveApi, type ApiServer } from './server.ts';

/**
 * A stand-in for Firecracker, for tests. It takes Firecracker's arguments and serves Firecracker's API, more strictly
 * than the published description, and runs the same guest in QEMU. It is not fast, small, a separate boundary, or proof
 * that Firecracker behaves as the stand-in does. It ignores rate limits, and has no vsock, metadata, pmem or
 * hot-plugging.
 */

/** Defined by install.ts. */
declare const DESCRIPTION: Description;

const EXIT = { done: 0, failed: 1, badArguments: 153 } as const;
const MOST_SOCKET_PATH_BYTES = 107;
const MOST_BODY_BYTES = 51_200;
const OPTIONS = {
  'api-sock': { type: 'string', default: '/run/firecracker.socket' },
  id: { type: 'string', default: 'anonymous-instance' },
  level: { type: 'string' },
  version: { type: 'boolean' },
} as const;

void main().then((code) => (process.exitCode = code));

async function main(): Promise<number> {
  const values = readArguments();
  if (typeof values === 'string') return failed(values, EXIT.badArguments);
  const { version } = DESCRIPTION.info;
  if (values.version === true) {
    process.stdout.write(`Firecracker v${version}\n\n`);
    return EXIT.done;
  }
  const { id, 'api-sock': socketPath } = values;
  if (!/^[A-Za-z0-9-]{1,64}$/.test(id)) return failed(`Invalid instance ID: ${id}`, EXIT.failed);
  if (Buffer.byteLength(socketPath) > MOST_SOCKET_PATH_BYTES)
    return failed(
      `Failed to open the API socket at: ${socketPath}: path must be shorter than SUN_LEN`,
      EXIT.failed,
    );
  return await serve({ id, version, socketPath });
}

interface Order {
  readonly id: string;
  readonly version: string;
  readonly socketPath: string;
}

/** Serves until its machine ends. */
async function serve({ id, version, socketPath }: Order): Promise<number> {
  let server: ApiServer | undefined;
  let end: (code: number) => void = () => undefined;
  const ended = new Promise<number>((resolve) => (end = resolve));
  const vmm: Vmm = {
    id,
    version,
    config: freshConfig(),
    hasBootPath: false,
    machine: undefined,
    isPaused: false,
    start: async (config, beginning) => {
      const machine = await startMachine(config, beginning);
      void machine.ended.then(() => end(EXIT.done));
      return machine;
    },
  };
  const handle = controller({
    description: DESCRIPTION,
    vmm,
    onFatal: () => void setTimeout(() => end(EXIT.failed), 100), // after the answer
  });
  try {
    server = await serveApi({ socketPath, mostBodyBytes: MOST_BODY_BYTES, handle });
  } catch (error) {
    return failed(
      `Failed to open the API socket at: ${socketPath}. Check that it is not already used. ${String(error)}`,
      EXIT.failed,
    );
  }
  const code = await ended;
  server.close();
  return code;
}

function readArguments(): ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'] | string {
  try {
    return parseArgs({ options: OPTIONS }).values;
  } catch (error) {
    return `Arguments parsing error: ${(error as Error).message}`;
  }
}

function failed(why: string, code: number): number {
  process.stderr.write(`Error: ${why}\n`);
  return code;
}
