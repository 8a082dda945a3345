import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { BottleRecord } from '../../src/bottle/record.ts';
import {
  bridgeName,
  dropTableName,
  innerNetworkName,
  outerNetworkName,
} from '../../src/drivers/container/names.ts';
import { namespacesWith, tracesOf } from './traces.ts';

/** Remembers all that is made for the bottles of one state folder, so as to say later what is left of it. */
export interface Watch {
  /** The bottles that were begun. */
  readonly ids: ReadonlySet<string>;
  /** Remembers the namespaces of what runs now for a bottle. */
  look(id: string): void;
  /** What is left of these bottles, else of all, on the host and in the state folder: a line each. */
  remains(of?: readonly string[]): Promise<string[]>;
  [Symbol.dispose](): void;
}

export function watchBottles(bottlesDir: string): Watch {
  mkdirSync(bottlesDir, { recursive: true, mode: 0o700 });
  const ids = new Set<string>();
  const folder = watch(bottlesDir, (_, name) => name !== null && ids.add(name));
  const containers = watchContainers();
  const namespaces = new Map<string, ReadonlySet<string>>();
  return {
    ids,
    look: (id) => {
      const words = [id, ...containers.of(id)];
      namespaces.set(id, new Set([...(namespaces.get(id) ?? []), ...namespacesWith(words)]));
    },
    remains: async (of = [...ids]) => {
      const words = of.flatMap((id) => [id, ...networkWords(id), ...containers.of(id)]);
      const seen = of.flatMap((id) => [...(namespaces.get(id) ?? [])]);
      return [
        ...(await tracesOf([...words, ...seen])),
        ...of.flatMap((id) => filesLeft(join(bottlesDir, id))),
      ];
    },
    [Symbol.dispose]: () => {
      folder.close();
      containers.stop();
    },
  };
}

/** Interfaces and tables have short names, made from the long ones. */
const networkWords = (id: string): string[] =>
  [innerNetworkName(id), outerNetworkName(id)].flatMap((name) => [bridgeName(name), dropTableName(name)]);

/** Docker's own ids of the containers that are made: what its runtimes leave behind has these names. */
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
    of: (bottleId: string) =>
      [...idsByName].filter(([name]) => name.includes(bottleId)).map(([, containerId]) => containerId),
    stop: () => events.kill(),
  };
}

/** What only a bottle that runs may have: a run-time folder, a phase before the end, a file half written. */
function filesLeft(dir: string): string[] {
  if (!existsSync(dir)) return [];
  const found = readdirSync(dir).filter((name) => name === 'run' || /\.(tmp|lock)$/.test(name));
  const phase = phaseIn(join(dir, 'record.json'));
  if (phase !== 'stopped' && phase !== 'failed') found.push(`phase: ${phase}`);
  return found.map((what) => `state: ${dir}: ${what}`);
}

function phaseIn(recordPath: string): string {
  if (!existsSync(recordPath)) return 'no record';
  return (JSON.parse(readFileSync(recordPath, 'utf8')) as BottleRecord).phase;
}
