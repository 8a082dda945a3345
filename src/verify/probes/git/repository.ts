import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Targets } from '../../arena/targets.ts';
import { addTo, inCorner, leave, leaving, type Leaves } from '../../guest/work.ts';
import type { Probe } from '../probe.ts';

/**
 * Creates repositories that make git run a command: each in a folder `git/ID`, some also at the top of the workspace.
 */

type Words = Pick<Probe, 'id' | 'claim' | 'attack'> & Partial<Pick<Probe, 'source' | 'oracle' | 'breach'>>;

/** Returns a probe whose files make git on the host run a command. */
export const onHost = ({ leaves, ...words }: Words & { readonly leaves: Leaves }): Probe => ({
  family: 'git',
  needs: 'git',
  oracle: { kind: 'verbs', sees: 'ran' },
  control: 'back',
  breach: 'runs a command on the host, as the user',
  source:
    'code execution on the host through diff (yoloAI audit C1); hooks (Trail of Bits #42); git-config(1)',
  ...words,
  run: leaving(words.id, leaves),
});

/** Returns a command for the host's shell that ignores what git appends. It creates a file named after the nonce. */
export const trap = (t: Targets, nonce: string): string => `echo ran > '${t.dropDir}/${nonce}' #`;

/** Returns the same command as a program. */
export const hook = (t: Targets, nonce: string): string => `#!/bin/sh\n${trap(t, nonce)}\n`;

/** Quotes a value of git's configuration: `"`, `#` or `;` would end it. */
export const quoted = (value: string): string => `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

/** Creates an empty repository by hand, because the bottle may have no git. Keeps an existing one. */
export function makeRepository(t: Targets, gitDir: string): void {
  for (const folder of ['objects', 'refs/heads', 'info', 'hooks']) {
    mkdirSync(inCorner(t, join(gitDir, folder)), { recursive: true });
  }
  if (existsSync(inCorner(t, join(gitDir, 'HEAD')))) return;
  leave(t, `${gitDir}/HEAD`, 'ref: refs/heads/main\n');
  leave(t, `${gitDir}/config`, '[core]\n\trepositoryformatversion = 0\n\tbare = false\n');
}

/** The key and value of a setting. */
export type Setting = readonly [key: string, value: string];

/** Adds settings to a section of a repository's configuration. */
export const set = (
  t: Targets,
  [gitDir, section]: readonly [gitDir: string, section: string],
  values: readonly Setting[],
): void =>
  addTo(
    t,
    `${gitDir}/config`,
    [`[${section}]`, ...values.map(([key, value]) => `\t${key} = ${quoted(value)}`), ''].join('\n'),
  );

/** Creates the repository of a probe, with an untracked file. */
export function nest(t: Targets, id: string): { dir: string; gitDir: string } {
  const dir = `git/${id}`;
  makeRepository(t, `${dir}/.git`);
  leave(t, `${dir}/file.txt`, `a file of ${id}\n`);
  return { dir, gitDir: `${dir}/.git` };
}

/** Returns a function that leaves a trap in a setting of the probe's repository. */
export const setting =
  (section: string, key: string, more: readonly Setting[] = []): Leaves =>
  (t, nonce, id) =>
    set(t, [nest(t, id).gitDir, section], [[key, trap(t, nonce)], ...more]);

/** Returns the same for settings in which git runs a value only after a `!`. */
export const shellSetting =
  (section: string, key: string): Leaves =>
  (t, nonce, id) =>
    set(t, [nest(t, id).gitDir, section], [[key, `!${trap(t, nonce)}`]]);

/** Returns a configuration that makes git run a program to learn what has changed. */
export const monitored = (t: Targets, nonce: string): string =>
  `[core]\n\tfsmonitor = ${quoted(trap(t, nonce))}\n`;
