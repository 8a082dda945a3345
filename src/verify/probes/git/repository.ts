import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Targets } from '../../arena/targets.ts';
import { addTo, inCorner, leave, leaving, type Leaves } from '../../guest/work.ts';
import type { Probe } from '../probe.ts';

/** Repositories that make git run a command: each in a folder `git/ID`, and some at the top of the workspace as well. */

type Words = Pick<Probe, 'id' | 'claim' | 'attack'> & Partial<Pick<Probe, 'source' | 'oracle' | 'breach'>>;

/** A probe that makes git on the host run a command, by what it leaves. */
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

/** A command for the host's shell, whatever git adds behind it. The nonce is told by the name of a file. */
export const trap = (t: Targets, nonce: string): string => `echo ran > '${t.dropDir}/${nonce}' #`;

/** The same as a program. */
export const hook = (t: Targets, nonce: string): string => `#!/bin/sh\n${trap(t, nonce)}\n`;

/** As a value of a configuration: `"`, `#` and `;` would end it. */
export const quoted = (value: string): string => `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

/** An empty repository, by hand: there need be no git in the bottle. What is there already stays. */
export function makeRepository(t: Targets, gitDir: string): void {
  for (const folder of ['objects', 'refs/heads', 'info', 'hooks']) {
    mkdirSync(inCorner(t, join(gitDir, folder)), { recursive: true });
  }
  if (existsSync(inCorner(t, join(gitDir, 'HEAD')))) return;
  leave(t, `${gitDir}/HEAD`, 'ref: refs/heads/main\n');
  leave(t, `${gitDir}/config`, '[core]\n\trepositoryformatversion = 0\n\tbare = false\n');
}

/** A setting: its key and its value. */
export type Setting = readonly [key: string, value: string];

/** Adds settings to the configuration of a repository. */
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

/** The repository of a probe, with a file to be added. */
export function nest(t: Targets, id: string): { dir: string; gitDir: string } {
  const dir = `git/${id}`;
  makeRepository(t, `${dir}/.git`);
  leave(t, `${dir}/file.txt`, `a file of ${id}\n`);
  return { dir, gitDir: `${dir}/.git` };
}

/** A trap in a setting of the probe's own repository. */
export const setting =
  (section: string, key: string, more: readonly Setting[] = []): Leaves =>
  (t, nonce, id) =>
    set(t, [nest(t, id).gitDir, section], [[key, trap(t, nonce)], ...more]);

/** The same where git takes a command only behind a `!`. */
export const shellSetting =
  (section: string, key: string): Leaves =>
  (t, nonce, id) =>
    set(t, [nest(t, id).gitDir, section], [[key, `!${trap(t, nonce)}`]]);

/** A configuration by which git asks a program what has changed. */
export const monitored = (t: Targets, nonce: string): string =>
  `[core]\n\tfsmonitor = ${quoted(trap(t, nonce))}\n`;
