import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../failure.ts';
import type { Place } from '../settings.ts';

/** Names of containers: a file for each (pkg/namestore/namestore.go). */

const LONGEST = 76;

/** containerd's pkg/identifiers. */
export const isIdentifier = (text: string): boolean =>
  text.length <= LONGEST && /^[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*$/.test(text);

const dirOf = ({ dataDir }: Place, namespace: string): string => join(dataDir, 'names', namespace);

/** Takes a name for a container. @throws Failure where another has it */
export function acquireName(
  place: Place,
  namespace: string,
  { name, id }: { name: string; id: string },
): void {
  if (!isIdentifier(name)) throw new Failure(`invalid name "${name}": ${whyNot(name)}`);
  const path = join(dirOf(place, namespace), name);
  mkdirSync(dirOf(place, namespace), { recursive: true, mode: 0o700 });
  try {
    writeFileSync(path, id, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new Failure(`name "${name}" is already used by ID "${readFileSync(path, 'utf8')}"`);
  }
}

const whyNot = (name: string): string =>
  name.length > LONGEST
    ? `identifier "${name}" greater than maximum length (${LONGEST} characters): invalid argument`
    : `identifier "${name}" must match ^[A-Za-z0-9]+(?:[._-](?:[A-Za-z0-9]+))*$: invalid argument`;

/** Gives it back. */
export function releaseName(
  place: Place,
  namespace: string,
  { name, id }: { name: string; id: string },
): void {
  const path = join(dirOf(place, namespace), name);
  try {
    if (readFileSync(path, 'utf8').trim() === id) rmSync(path);
  } catch {
    // nobody has it
  }
}
