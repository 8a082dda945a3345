import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identify, isRunning, type ProcessIdentity } from '../../../../src/host/processes.ts';
import { Failure } from '../failure.ts';
import type { Place } from '../settings.ts';
import type { Configuration } from './configuration.ts';

/** The containers that there are, a folder each, as the real one keeps them below its `containers`. */

export interface Container {
  readonly id: string;
  readonly dir: string;
  readonly configuration: Configuration;
  readonly isRemovedAtEnd: boolean;
  /** What stands for it on this host while it runs. */
  readonly running: Running | undefined;
}

export interface Running {
  readonly runtime: ProcessIdentity;
  /** Of the container's first process, as this host numbers it. */
  readonly initPid: number;
  readonly startedDate: string;
  readonly networks: readonly Attachment[];
}

export interface Attachment {
  readonly network: string;
  readonly hostname: string;
  readonly ipv4Address: string;
  readonly ipv4Gateway: string;
  readonly macAddress: string;
  readonly mtu: number;
}

interface Kept {
  readonly configuration: Configuration;
  readonly isRemovedAtEnd: boolean;
}

const containersDir = ({ stateDir }: Place): string => join(stateDir, 'containers');
const containerDir = (place: Place, id: string): string => join(containersDir(place), id);

/** Notes a new one. @throws Failure where there is one of this name */
export function addContainer(place: Place, kept: Kept): void {
  const dir = containerDir(place, kept.configuration.id);
  mkdirSync(containersDir(place), { recursive: true });
  try {
    mkdirSync(dir);
  } catch {
    throw new Failure('exists', `container with id ${kept.configuration.id} already exists`);
  }
  write(join(dir, 'container.json'), kept);
}

/** All of them, in the order of their names. */
export function allContainers(place: Place): Container[] {
  if (!existsSync(containersDir(place))) return [];
  return readdirSync(containersDir(place))
    .sort()
    .flatMap((id) => findContainer(place, id) ?? []);
}

/** One, or undefined where there is none of this name. */
export function findContainer(place: Place, id: string): Container | undefined {
  const dir = containerDir(place, id);
  const kept = read(join(dir, 'container.json')) as Kept | undefined;
  if (kept === undefined) return undefined;
  const running = read(join(dir, 'running.json')) as Running | undefined;
  return {
    id,
    dir,
    ...kept,
    running: running !== undefined && isRunning(running.runtime) ? running : undefined,
  };
}

/** Notes that it runs, for as long as this very process does. */
export function noteRunning(dir: string, running: Omit<Running, 'runtime'>): void {
  const runtime = identify(process.pid);
  if (runtime === undefined) throw new Error('this process is not there');
  write(join(dir, 'running.json'), { ...running, runtime });
}

/** Forgets it, and all that is kept for it. */
export const removeContainer = (place: Place, id: string): void =>
  rmSync(containerDir(place, id), { recursive: true, force: true });

/** Writes so that nobody reads half of it. */
export function write(path: string, value: unknown): void {
  const half = `${path}.${process.pid}`;
  writeFileSync(half, JSON.stringify(value));
  renameSync(half, path);
}

/** What was written there, or undefined. */
export function read(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as unknown;
  } catch {
    return undefined;
  }
}
