import { runOrThrow } from '../../src/host/run.ts';

/** Makes a git repository with all files of the folder in one commit, except those that .gitignore names. */
export async function commitAll(dir: string): Promise<void> {
  const who = ['-c', 'user.name=Tester', '-c', 'user.email=tester@example.org'];
  await runOrThrow('git', ['init', '--quiet', '--initial-branch=main', dir]);
  await runOrThrow('git', ['-C', dir, 'add', '--all']);
  await runOrThrow('git', ['-C', dir, ...who, 'commit', '--quiet', '--message=All of it']);
}
