import { bridgeName } from '../../src/contracts/host-names.ts';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { BottleRecord } from '../../src/bottle/state/record.ts';
import { dropTableName, innerNetworkName, outerNetworkName } from '../../src/drivers/container/names.ts';
import { keepersOf, keptAlive, tracesOf, type Keepers } from './traces.ts';

/** Records everything that is made for the bottles of one state folder, to report later what is left of it. */
export interface Watch {
  /** The bottles that were begun. */
  readonly ids: ReadonlySet<string>;
  /** Records what keeps a bottle's namespaces alive now. */
  look(id: string): void;
  /**
   * Returns a line for each remainder of these bottles on the host and in the state folder. Without an argument: of all
   * bottles, and also of checks of rungs and half-made bottles.
   */
  remains(of?: readonly string[]): Promise<string[]>;
  [Symbol.dispose](): void;
}

export function watchBottles(bottlesDir: string): Watch {
  const bottles = watchFolder(bottlesDir);
  const looks = watchFolder(join(bottlesDir, '..', 'probes'));
  const containers = watchContainers();
  const keepers: (Keepers & { readonly id: string })[] = [];
  return {
    ids: bottles.names,
    look: (id) => void keepers.push({ id, ...keepersOf([id, ...containers.of(id)]) }),
    remains: async (given) => {
      const ids = given ?? [...bottles.names, ...looks.names];
      const words = ids.flatMap((id) => [id, ...networkWords(id), ...containers.of(id)]);
      const alive = new Set(keepers.filter(({ id }) => ids.includes(id)).flatMap(keptAlive));
      const files = ids.flatMap((id) => filesLeft(join(bottlesDir, id)));
      const halfMade = given === undefined ? [...bottles.halfMade(), ...looks.now()] : [];
      return [...(await tracesOf(words)), ...alive, ...files, ...halfMade];
    },
    [Symbol.dispose]: () => [bottles, looks, containers].forEach((each) => each.stop()),
  };
}

/** The id of a bottle or a check; other names in the folder do not match. */
const ID = /^[a-z][a-z0-9-]*-[0-9a-f]{8}$/;

/** Watches a folder that has a subfolder for every bottle, or every check of a rung; some exist only for a moment. */
function watchFolder(dir: string) {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const names = new Set<string>();
  const watcher = watch(dir, (_, name) => {
    if (name !== null && ID.test(name)) names.add(name);
  });
  const now = (): string[] => readdirSync(dir);
  return {
    names,
    now,
    halfMade: () => now().filter((name) => name.startsWith('.')),
    stop: () => watcher.close(),
  };
}

/** Interfaces and tables have short names, derived from the long ones. */
const networkWords = (id: string): string[] =>
  [innerNetworkName(id), outerNetworkName(id)].flatMap((name) => [bridgeName(name), dropTableName(name)]);

/** Collects Docker's ids of new containers: remains of its runtimes have these names. */
function watchContainers() {
  const idsByName = new Map<string, string>();
  const format = '{{.Actor.ID}} {{.Actor.Attributes.name}}';
  const filters = ['--filter', 'type=container', '--filter', 'event=create'];
  const events = spawn('docker', ['events', ...filters, '--format', format], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  events.on('error', () => undefined); // no Docker, no containers
  createInterface({ input: events.stdout }).on('line', (line) => {
    const [id = '', name = ''] = line.split(' ');
    idsByName.set(name, id);
  });
  return {
    of: (word: string) =>
      [...idsByName].filter(([name]) => name.includes(word)).map(([, containerId]) => containerId),
    stop: () => events.kill(),
  };
}

/** Files that only a running bottle may have: a run folder, a phase before the end, a half-written file. */
function filesLeft(dir: string): string[] {
  if (!existsSync(dir)) return [];
  const found = readdirSync(dir).filter((name) => name === 'run' || name.endsWith('.tmp'));
  const phase = phaseIn(join(dir, 'record.json'));
  if (phase !== 'stopped' && phase !== 'failed') found.push(`phase: ${phase}`);
  return found.map((what) => `state: ${dir}: ${what}`);
}

function phaseIn(recordPath: string): string {
  if (!existsSync(recordPath)) return 'no record';
  return (JSON.parse(readFileSync(recordPath, 'utf8')) as BottleRecord).phase;
}
