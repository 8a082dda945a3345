import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { apply } from '../../../src/workspace/apply/apply.ts';
import { hasWork } from '../../../src/workspace/diff/diff.ts';
import { Place } from './workspace-place.ts';

let place: Place;
beforeEach(() => (place = new Place()));
afterEach(() => place.remove());

const FILES = 600;
const DELETED = 100;

/** In the order in which apply handles them. */
const PATHS = Array.from({ length: FILES }, (_, index) => pathOf(index)).sort();

function pathOf(index: number): string {
  return `d${index % 7}/f${index}`;
}

/**
 * Kills apply as soon as it has done this share. Checks only the file that is then next: reading all files takes too
 * long.
 */
async function killedAt(share: number, child: ChildProcess): Promise<void> {
  const over = once(child, 'exit');
  const staging = join(place.project, '.bot-bottle-apply-bottle-1');
  const turn = join(place.project, PATHS[Math.floor(share * FILES)] ?? '');
  const isDone = (): boolean => statSync(turn, { throwIfNoEntry: false })?.size !== 'old'.length * 200;
  const timer = setInterval(() => {
    if (share === 0 ? !exists(staging) : !isDone()) return;
    process.kill(-(child.pid ?? 0), 'SIGKILL');
    clearInterval(timer);
  }, 1);
  await over;
  clearInterval(timer);
  // That was the first process of the group; the others end when the kernel gets to them.
  await expect.poll(() => isGone(child.pid ?? 0)).toBe(true);
}

/** Returns whether no process of a group runs any more; zombies do not count. */
function isGone(group: number): boolean {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return !pids.some((pid) => {
    try {
      // proc(5): state, parent and process group come after the name.
      const [state, , itsGroup] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      return Number(itsGroup) === group && state !== 'Z';
    } catch {
      return false;
    }
  });
}

function exists(path: string): boolean {
  try {
    return readdirSync(path).length > 0;
  } catch {
    return false;
  }
}

/** Returns for each file in the project: `old`, `new`, or another state. */
function states(): string[] {
  return Array.from({ length: FILES }, (_, index) => {
    try {
      const text = readFileSync(join(place.project, pathOf(index)), 'utf8');
      return text === 'old'.repeat(200) ? 'old' : text === 'new'.repeat(300) ? 'new' : `torn: ${text}`;
    } catch {
      return index < DELETED ? 'new' : 'missing';
    }
  });
}

test.each([0, 0.05, 0.4])(
  'an apply that is killed when %d of it is done leaves each file old or new, and the next one finishes',
  async (share) => {
    for (let index = 0; index < FILES; index += 1) place.write(pathOf(index), 'old'.repeat(200));
    await place.copy();
    for (let index = 0; index < FILES; index += 1) {
      if (index < DELETED) rmSync(join(place.work, pathOf(index)));
      else place.agentWrites(pathOf(index), 'new'.repeat(300));
    }
    const request = JSON.stringify({ ...place.paths, bottleId: 'bottle-1' });
    writeFileSync(
      join(place.folder, 'apply.mts'),
      `import { apply } from ${JSON.stringify(resolve('src/workspace/apply/apply.ts'))};
await apply({ ...${request}, consent: async () => true });`,
    );
    const tsx = resolve('node_modules/.bin/tsx');
    await killedAt(share, spawn(tsx, [join(place.folder, 'apply.mts')], { detached: true }));
    const interrupted = states();
    expect(new Set(interrupted.filter((state) => state !== 'old' && state !== 'new'))).toEqual(new Set());
    expect(interrupted).toContain('old');
    expect(await hasWork(place.paths)).toBe(true);

    // The agent continues meanwhile.
    place.agentWrites(`d0/f${FILES - (FILES % 7)}`, 'and more');
    await apply({ ...place.paths, bottleId: 'bottle-1', consent: async () => true });
    expect(states()).not.toContain('old');
    expect(await hasWork(place.paths)).toBe(false);
    expect(readdirSync(place.project).filter((name) => name.startsWith('.bot-bottle'))).toEqual([]);
  },
);
