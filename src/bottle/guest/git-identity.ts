import { run } from '../../host/run.ts';

const VARIABLES: Readonly<Record<string, readonly string[]>> = {
  'user.name': ['GIT_AUTHOR_NAME', 'GIT_COMMITTER_NAME'],
  'user.email': ['GIT_AUTHOR_EMAIL', 'GIT_COMMITTER_EMAIL'],
};

/**
 * The user's name and address as git knows them, as the variables by which git in a bottle takes them over (git(1)).
 * Asked outside of any project: a repository's own configuration has no say.
 */
export async function gitIdentity(): Promise<Record<string, string>> {
  const args = ['config', '--global', '--null', '--get-regexp', '^user\\.(name|email)$'];
  const { exitCode, stdout } = await run('git', args, { cwd: '/', timeoutMs: 5_000 });
  if (exitCode !== 0) return {};
  // "key NEWLINE value NUL"; of several values the last one counts.
  const settings = stdout.split('\0').flatMap((entry) => {
    const [key = '', ...value] = entry.split('\n');
    return (VARIABLES[key] ?? []).map((variable) => [variable, value.join('\n').trim()] as const);
  });
  return Object.fromEntries(settings.filter(([, value]) => value !== ''));
}
