import { join } from 'node:path';
import { readTextIfThere, writeFileAtomic } from '../../host/files.ts';
import { digestOfToken, newToken } from '../control/token.ts';

/**
 * The launcher's side of the control socket's token: a file that only the user who started the bottle can read, and
 * that is mounted nowhere.
 */
const tokenPathIn = (runDir: string): string => join(runDir, 'control.token');

/** Writes a new token; returns its digest, for the gateway. */
export async function writeControlToken(runDir: string): Promise<string> {
  const token = newToken();
  await writeFileAtomic(tokenPathIn(runDir), token, 0o600);
  return digestOfToken(token);
}

/**
 * Returns the bottle's token.
 * @throws Error when there is none
 */
export async function readControlToken(runDir: string): Promise<string> {
  const token = await readTextIfThere(tokenPathIn(runDir));
  if (token === undefined) throw new Error('the token of its control socket is not there');
  return token;
}
