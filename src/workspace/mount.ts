import { lstatSync, realpathSync, type Stats } from 'node:fs';
import { BottleError } from '../errors.ts';
import { escapeText } from '../ui/terminal/text.ts';
import { thisHost, whyNotMounted } from './allowed-folders.ts';
import { Breather } from '../host/together.ts';
import { secretKindIn } from './copy/secrets.ts';
import { Tree } from './tree.ts';

/** `workspace: mount`: the agent works in the project itself. Inspects what such a mount would give the agent. */

export interface MountReport {
  /** Secrets that the agent can read, though a copy would leave them out. */
  readonly secrets: readonly { readonly path: string; readonly what: string }[];
  /** Files with hard links outside the project: what the agent writes to them changes there too. */
  readonly sharedFiles: readonly string[];
}

/**
 * Refuses a folder whose mount would be a way out of the bottle, and reports what else the user should know.
 * @throws BottleError `policy` for such a folder, and for a Unix socket in it: a program of the host may listen there
 */
export async function checkMount(projectPath: string): Promise<MountReport> {
  const folder = realpathSync(projectPath);
  const reason = whyNotMounted(folder, thisHost());
  if (reason !== undefined) {
    throw new BottleError('policy', `${escapeText(folder)} cannot be mounted: ${reason}`, {
      fix: 'start in the folder of a project, or use `workspace: copy`',
    });
  }
  const found = await lookThrough(folder);
  if (found.sockets.length === 0) return found;
  throw new BottleError('policy', `a program of this host listens in ${escapeText(folder)}`, {
    details: [
      ...found.sockets.map((path) => `Unix socket ${escapeText(path)}`),
      'the agent could talk to it, past the gateway',
    ],
    fix: 'stop the program and remove the socket, or use `workspace: copy`',
  });
}

interface Found extends MountReport {
  readonly sockets: readonly string[];
}

async function lookThrough(folder: string): Promise<Found> {
  using tree = new Tree(folder);
  const look = new Look(tree);
  const folders = ['']; // grows
  for (const at of folders) {
    for (const entry of ifPermitted(() => tree.list(at)) ?? []) {
      const path = at === '' ? entry.name : `${at}/${entry.name}`;
      if (entry.isDirectory()) folders.push(path);
      else await look.at(path);
    }
  }
  return look.found;
}

/** Skips what bot-bottle may not read: the agent has no more rights than bot-bottle. */
function ifPermitted<Result>(read: () => Result): Result | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof BottleError) return undefined;
    throw error;
  }
}

class Look {
  readonly #tree: Tree;
  readonly #breather = new Breather();
  readonly #sockets: string[] = [];
  readonly #secrets: { path: string; what: string }[] = [];
  /** Files with several hard links, by device and inode: the number of links, and the paths found so far. */
  readonly #linked = new Map<string, { names: number; paths: string[] }>();

  constructor(tree: Tree) {
    this.#tree = tree;
  }

  async at(path: string): Promise<void> {
    await this.#breather.step();
    const located = this.#tree.locate(path);
    const stats = located === undefined ? undefined : lstatSync(located, { throwIfNoEntry: false });
    if (stats?.isSocket() === true) this.#sockets.push(path);
    if (stats?.isFile() !== true) return;
    this.#countNames(path, stats);
    const what = ifPermitted(() => secretKindIn(this.#tree, path));
    if (what !== undefined) this.#secrets.push({ path, what });
  }

  get found(): Found {
    const shared = [...this.#linked.values()].filter(({ names, paths }) => paths.length < names);
    return {
      sockets: this.#sockets,
      secrets: this.#secrets,
      sharedFiles: shared.flatMap(({ paths }) => paths),
    };
  }

  #countNames(path: string, { dev, ino, nlink }: Stats): void {
    if (nlink < 2) return;
    const key = `${dev}:${ino}`;
    const known = this.#linked.get(key) ?? { names: nlink, paths: [] };
    known.paths.push(path);
    this.#linked.set(key, known);
  }
}
