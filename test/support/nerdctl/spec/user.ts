import type { SnapshotMount } from '../containerd/client.ts';
import { Failure } from '../failure.ts';
import { readInRoot } from './snapshot-files.ts';
import type { Process } from './types.ts';

/** Who a program runs as, by the root's own files (containerd's pkg/oci/spec_opts.go: WithUser, WithAdditionalGIDs). */

interface UserLine {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

interface GroupLine {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

type Root = readonly SnapshotMount[];

const linesOf = (root: Root, path: string): readonly (readonly string[])[] =>
  (readInRoot(root, path) ?? '')
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split(':'));

const usersOf = (root: Root): readonly UserLine[] =>
  linesOf(root, 'etc/passwd').map(([name = '', , uid, gid]) => ({
    name,
    uid: Number(uid),
    gid: Number(gid),
  }));

const groupsOf = (root: Root): readonly GroupLine[] =>
  linesOf(root, 'etc/group').map(([name = '', , gid, members = '']) => ({
    name,
    gid: Number(gid),
    members: members.split(',').filter(Boolean),
  }));

const numberOf = (text: string): number | undefined => {
  const number = /^\d+$/.test(text) ? Number(text) : undefined;
  return number !== undefined && number < 2 ** 31 ? number : undefined;
};

/** Sets the user, `<name|uid>[:<group|gid>]`. @throws Failure */
export function setUser(process: Process, text: string, root: Root): void {
  const parts = text.split(':');
  const [user = '', group] = parts;
  if (parts.length > 2) throw new Failure(`invalid USER value ${text}`);
  const uid = numberOf(user);
  const found = usersOf(root).find((each) => (uid === undefined ? each.name === user : each.uid === uid));
  if (uid === undefined && found === undefined) throw new Failure('no users found');
  const own = { uid: uid ?? found?.uid ?? 0, gid: found?.gid ?? 0 };
  const gid = group === undefined ? own.gid : gidOf(group, root);
  process.user = { ...process.user, uid: own.uid, gid, additionalGids: [gid] };
}

function gidOf(group: string, root: Root): number {
  const gid = numberOf(group) ?? groupsOf(root).find(({ name }) => name === group)?.gid;
  if (gid === undefined) throw new Failure('no groups found');
  return gid;
}

/** The groups that a user is a member of, after its own. With `user:group` nobody is of that name, so that there are none. */
export function setAdditionalGroups(process: Process, text: string, root: Root): void {
  const uid = numberOf(text);
  const name = uid === undefined ? text : usersOf(root).find((each) => each.uid === uid)?.name;
  const others = groupsOf(root)
    .filter((group) => name !== undefined && group.name !== name && group.members.includes(name))
    .map(({ gid }) => gid);
  process.user.additionalGids = [process.user.gid, ...others.filter((gid) => gid !== process.user.gid)];
}

/** `--group-add`. @throws Failure */
export function addGroups(process: Process, groups: readonly string[], root: Root): void {
  const added = groups.map((group) => {
    const gid = numberOf(group) ?? groupsOf(root).find(({ name }) => name === group)?.gid;
    if (gid === undefined) throw new Failure(`unable to find group ${group}`);
    return gid;
  });
  process.user.additionalGids = [
    ...new Set([...(process.user.additionalGids ?? [process.user.gid]), ...added]),
  ];
}

/** What `--user` does (pkg/cmd/container/run_user.go: generateUserOpts). */
export function applyUser(process: Process, text: string, root: Root): void {
  if (text === '') return;
  setUser(process, text, root);
  setAdditionalGroups(process, text, root);
}
