import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../failure.ts';
import type { User } from '../store/configuration.ts';

/** Users and groups by the guest's own /etc/passwd and /etc/group, as containerization's User.swift looks them up in the guest. */

export interface FoundUser {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  readonly home: string;
}

/** Who that is in a guest whose root shows at a path of this host. @throws Failure for a name that is not there */
export function findUser(rootPath: string, user: User): FoundUser {
  if ('id' in user) return { ...user.id, groups: [], home: homeOf(rootPath, user.id.uid) };
  const [who = '', group] = user.raw.userString.split(':');
  const rows = rowsOf(rootPath, 'passwd');
  const row = rows.find(([name, , uid]) => name === who || uid === who);
  if (row === undefined && !/^\d+$/.test(who)) throw new Failure('notFound', `failed to find user '${who}'`);
  const uid = Number(row?.[2] ?? who);
  const gid = group === undefined ? Number(row?.[3] ?? 0) : groupOf(rootPath, group);
  const groups = rowsOf(rootPath, 'group')
    .filter(([, , , members = '']) => row?.[0] !== undefined && members.split(',').includes(row[0]))
    .map(([, , id]) => Number(id));
  return { uid, gid, groups: group === undefined ? groups : [], home: row?.[5] ?? '/' };
}

function groupOf(rootPath: string, group: string): number {
  const row = rowsOf(rootPath, 'group').find(([name, , gid]) => name === group || gid === group);
  if (row === undefined && !/^\d+$/.test(group))
    throw new Failure('notFound', `failed to find group '${group}'`);
  return Number(row?.[2] ?? group);
}

const homeOf = (rootPath: string, uid: number): string =>
  rowsOf(rootPath, 'passwd').find((row) => row[2] === String(uid))?.[5] ?? '/';

function rowsOf(rootPath: string, file: 'passwd' | 'group'): string[][] {
  try {
    const text = readFileSync(join(rootPath, 'etc', file), 'utf8');
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split(':'));
  } catch {
    return [];
  }
}
