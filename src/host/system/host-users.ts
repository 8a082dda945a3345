import { readFile } from 'node:fs/promises';
import { run } from '../run.ts';
import { isRoot } from '../user.ts';

/** Checks whether an id that root gives to a bottle is a user's of this host, who could read and end its processes. */

interface Id {
  readonly uid: number;
  readonly gid: number;
}

let asked: Promise<readonly string[]> | undefined;
let askedFor: string | undefined;

/** One line for each user or group with these ids. None for an ordinary launcher, whose own ids the bottle has. */
export async function usersWith({ uid, gid }: Id): Promise<readonly string[]> {
  if (!isRoot() || uid === 0) return [];
  const key = `${uid}:${gid}`;
  if (askedFor !== key) [askedFor, asked] = [key, look({ uid, gid })];
  return await (asked ?? []);
}

async function look({ uid, gid }: Id): Promise<readonly string[]> {
  const found = await Promise.all([
    nameOf('passwd', uid),
    nameOf('group', gid),
    subordinateOwner('/etc/subuid', uid),
    subordinateOwner('/etc/subgid', gid),
  ]);
  return found.flatMap((line) => line ?? []);
}

/** Asks getent(1), which also queries directory services; without it, reads the file. */
async function nameOf(database: 'passwd' | 'group', id: number): Promise<string | undefined> {
  const { exitCode, stdout } = await run('getent', [database, String(id)], { timeoutMs: 10_000 });
  const text = exitCode === 0 || exitCode === 2 ? stdout : await textOf(`/etc/${database}`);
  const name = nameIn(text, id);
  return name === undefined ? undefined : `id ${id} is ${name} in the ${database} database of this host`;
}

/** The name with this id in the text of passwd(5) or group(5). Pure. */
export function nameIn(text: string, id: number): string | undefined {
  const fields = text.split('\n').map((line) => line.split(':'));
  return fields.find(([, , found]) => found === String(id))?.[0];
}

async function subordinateOwner(path: string, id: number): Promise<string | undefined> {
  const name = rangeOwnerIn(await textOf(path), id);
  return name === undefined ? undefined : `id ${id} is in a range of ${name} in ${path}`;
}

/** The owner of the range that contains this id, in the text of subuid(5). Pure. */
export function rangeOwnerIn(text: string, id: number): string | undefined {
  const ranges = text.split('\n').map((line) => line.split(':'));
  return ranges.find(([, first, count]) => Number(first) <= id && id < Number(first) + Number(count))?.[0];
}

const textOf = async (path: string): Promise<string> => await readFile(path, 'utf8').catch(() => '');
