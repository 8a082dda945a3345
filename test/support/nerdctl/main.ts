import { realpathSync } from 'node:fs';
import { create, inspect, kill, list, remove, start } from './containers.ts';
import { ctr } from './ctr.ts';
import { exec } from './exec.ts';
import { Failure, log } from './failure.ts';
import { parseCall, type Call } from './flags.ts';
import { inspectImage, load, wholeName } from './images.ts';
import { hasFault, ownPaths, readSettings, type Paths, type Settings } from './settings.ts';

/** A stand-in for `nerdctl`, for tests: see README.md in this folder. */

type Verb = (paths: Paths, call: Call, settings: Settings) => string | Promise<string>;

const VERBS: Readonly<Record<string, Verb>> = {
  build: () => {
    throw new Failure('`buildctl` needs to be installed and `buildkitd` needs to be running');
  },
  'container inspect': inspect,
  create,
  exec,
  'image inspect': inspectImage,
  kill,
  load,
  ps: list,
  pull: (_paths, { rest: [reference = ''] }) => {
    throw new Failure(`failed to resolve reference "${wholeName(reference)}": no such host`);
  },
  rm: remove,
  start,
  version: (paths) => {
    const [, version = ''] = /^Server:\s+Version:\s+(\S+)/m.exec(ctr(paths, ['version'])) ?? [];
    return `${JSON.stringify({ Client: {}, Server: { Components: [{ Name: 'containerd', Version: version }] } })}\n`;
  },
};

async function main(args: readonly string[]): Promise<number> {
  const paths = ownPaths(realpathSync(process.argv[1] ?? ''));
  const settings = readSettings(paths);
  try {
    if (args[0] === '--version') {
      process.stdout.write(`nerdctl version ${settings.version}\n`);
      return 0;
    }
    const call = parseCall(args);
    if (hasFault(settings, 'hangs', call.verb))
      await new Promise(() => void setInterval(() => undefined, 1 << 30));
    if (settings.containerd === 'stopped' || hasFault(settings, 'loses-containerd', call.verb))
      throw new Failure(`cannot access containerd socket "${paths.socket}": no such file or directory`);
    process.stdout.write((await VERBS[call.verb]?.(paths, call, settings)) ?? '');
    return 0;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    log('fatal', error.message);
    return 1;
  }
}

void main(process.argv.slice(2)).then((exitCode) => {
  process.exitCode = exitCode;
  process.stdout.write('', () => process.exit()); // oxlint-disable-line unicorn/no-process-exit -- standard input may be open for ever
});
