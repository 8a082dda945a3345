import { run } from '../host/run.ts';

const KEYS = { name: 'user.name', email: 'user.email' } as const;

/**
 * The user's name and address as git knows them, as the variables by which git in a bottle takes them over (git(1)).
 * Asked outside of any project: a repository's own configuration has no say.
 */
export async function gitIdentity(): Promise<Record<string, string>> {
  const [name, email] = await Promise.all([globalSetting(KEYS.name), globalSetting(KEYS.email)]);
  return {
    ...(name === undefined ? {} : { GIT_AUTHOR_NAME: name, GIT_COMMITTER_NAME: name }),
    ...(email === undefined ? {} : { GIT_AUTHOR_EMAIL: email, GIT_COMMITTER_EMAIL: email }),
  };
}

async function globalSetting(key: string): Promise<string | undefined> {
  const result = await run('git', ['config', '--global', '--get', key], { cwd: '/', timeoutMs: 5_000 });
  const value = result.stdout.trim();
  return result.exitCode === 0 && value !== '' ? value : undefined;
}
