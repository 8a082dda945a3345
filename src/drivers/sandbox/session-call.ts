import { basename } from 'node:path';
import type { Owner } from '../driver.ts';
import { runFiles } from './run-files.ts';

export interface SessionHolder {
  /** Finds a file of the package. */
  readonly assetPath: (name: string) => string;
  readonly owner: Owner;
  /** Other processes may connect to it later. */
  readonly attachable: boolean;
}

/**
 * The command that holds one program of a bottle. It gets the request as a frame, because every user can see arguments.
 */
export function sessionCall(
  runDir: string,
  { assetPath, owner, attachable }: SessionHolder,
): readonly string[] {
  const { control, agent, agentCode } = runFiles(runDir);
  return [
    ['perl', assetPath('sandbox/session.pl'), '--control', control],
    ['--owner', `${owner.uid}:${owner.gid}`],
    attachable ? ['--listen', basename(agent), '--code', basename(agentCode)] : [],
  ].flat();
}
