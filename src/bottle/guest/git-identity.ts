import { run } from '../../host/run.ts';

const VARIABLES: Readonly<Record<string, readonly string[]>> = {
  'user.name': ['GIT_AUTHOR_NAME', 'GIT_COMMITTER_NAME'],
  'user.email': ['GIT_AUTHOR_EMAIL', 'GIT_COMMITTER_EMAIL'],
};

/**
 * The user's name and address from git's configuration, as the variables that git in a bottle reads (git(1)).
 * Runs outside any project, so that a repository's own configuration has no effect.
 */
export async function gitIdentity(): Promise<Record<string, string>> {
  const args = ['config', '--global', '--null', '--get-regexp', '^user\\.(name|email)$'];
  const { exitCode, stdout } = await run('git', args, { cwd: '/', timeoutMs: 5_000 });
  if (exitCode !== 0) return {};
  // "key NEWLINE value NUL"; the last of several values counts.
  const settings = stdout.split('\0').flatMap((entry) => {
    const [key = '', ...value] = entry.split('\n');
    return (VARIABLES[key] ?? []).map((variable) => [variable, value.join('\n').trim()] as const);
  });
  return Object.fromEntries(settings.filter(([, value]) => value !== ''));
}
