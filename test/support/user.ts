import { runOrThrow } from '../../src/host/run.ts';

/** An ordinary user of this host. */
export interface TestUser {
  readonly uid: number;
  readonly gid: number;
  /** The variables that a login sets. */
  readonly env: Readonly<Record<string, string>>;
  /** Start of a command line that runs the rest as this user, in all of the user's groups. */
  readonly become: readonly string[];
}

/**
 * Returns the user, with `group` as an additional group: as after a login that follows the addition to a group.
 * @throws BottleError if there is no such user or group
 */
export async function findUser(name: string, group?: string): Promise<TestUser> {
  const entry = (await runOrThrow('getent', ['passwd', name])).trim().split(':');
  const [uid, gid, dir = '/'] = [Number(entry[2]), Number(entry[3]), entry[5]];
  const added =
    group === undefined ? undefined : (await runOrThrow('getent', ['group', group])).split(':')[2];
  const groups = added === undefined ? '--init-groups' : `--groups=${gid},${added}`;
  return {
    uid,
    gid,
    env: { HOME: dir, USER: name, LOGNAME: name, XDG_RUNTIME_DIR: `/run/user/${uid}` },
    become: ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, groups],
  };
}
