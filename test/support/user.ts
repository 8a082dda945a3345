import { runOrThrow } from '../../src/host/run.ts';

/** An ordinary user of this computer. */
export interface TestUser {
  readonly uid: number;
  readonly gid: number;
  /** What a login sets. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs what follows as this user, in all of the user's groups. */
  readonly become: readonly string[];
}

/** @throws BottleError where there is no such user */
export async function findUser(name: string): Promise<TestUser> {
  const entry = (await runOrThrow('getent', ['passwd', name])).trim().split(':');
  const [uid, gid, dir = '/'] = [Number(entry[2]), Number(entry[3]), entry[5]];
  return {
    uid,
    gid,
    env: { HOME: dir, USER: name, LOGNAME: name, XDG_RUNTIME_DIR: `/run/user/${uid}` },
    become: ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--init-groups'],
  };
}
