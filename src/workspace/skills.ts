import { createHash } from 'node:crypto';
import { closeSync, existsSync, fstatSync, readFileSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { BottleError } from '../errors.ts';
import { configDir } from '../host/paths.ts';
import { Tree } from './tree.ts';

/**
 * Skills: folders of instructions for agents. A project's skills lie in `.bot-bottle/skills/NAME` beside its manifest,
 * the user's in `~/.config/bot-bottle/skills/NAME`; the project's take precedence. A bottle gets copies, so that later
 * changes to a skill do not reach it. The receipt holds their digests.
 */

export interface SkillOrder {
  readonly name: string;
  /** The folder of the manifest that names the skill. */
  readonly manifestDir: string;
  readonly origin: 'user' | 'project';
}

export interface BroughtSkill {
  readonly name: string;
  /** `sha256:<hex>` over paths, modes and contents. */
  readonly digest: string;
}

const MAX_ENTRIES = 2_000;

/**
 * Copies each skill to `<hostPath>/<name>`.
 * @throws BottleError `manifest` if a skill is missing, is too large, or holds anything but plain files and folders
 */
export async function bringSkillsIn(
  skills: readonly SkillOrder[],
  hostPath: string,
): Promise<BroughtSkill[]> {
  return await Promise.all(skills.map(async (skill) => await bringIn(skill, join(hostPath, skill.name))));
}

async function bringIn(skill: SkillOrder, targetPath: string): Promise<BroughtSkill> {
  using source = findSkill(skill);
  const hash = createHash('sha256');
  for (const path of listFiles(source, skill.name)) {
    const { content, mode } = readPlain(source, { path, name: skill.name });
    const target = join(targetPath, path);
    await mkdir(join(target, '..'), { recursive: true, mode: 0o755 });
    await writeFile(target, content);
    await chmod(target, mode);
    hash.update(`${path}\0${mode.toString(8)}\0${content.length}\0`).update(content);
  }
  return { name: skill.name, digest: `sha256:${hash.digest('hex')}` };
}

/** @throws BottleError `manifest` if the path is no longer a plain file */
function readPlain(source: Tree, { path, name }: { readonly path: string; readonly name: string }) {
  const fd = source.openFile(path);
  if (fd === undefined) throw notPlain(name, path);
  try {
    return { content: readFileSync(fd), mode: (fstatSync(fd).mode & 0o111) === 0 ? 0o644 : 0o755 };
  } finally {
    closeSync(fd);
  }
}

const notPlain = (skill: string, path: string): BottleError =>
  new BottleError('manifest', `skill \`${skill}\` holds ${path}, which is a link or no plain file`, {
    fix: 'put a copy of the file there instead',
  });

/**
 * Opens the skill's folder. No folder on the way to it may be a link, which could lead to any file of the user. Holds
 * the folder open, because others with write access could replace a folder with a link meanwhile.
 */
function findSkill({ name, manifestDir, origin }: SkillOrder): Tree {
  const own = { above: dirname(configDir()), path: join(basename(configDir()), 'skills', name) };
  const ofProject = { above: manifestDir, path: join('.bot-bottle', 'skills', name) };
  const places = origin === 'project' ? [ofProject, own] : [own];
  for (const { above, path } of places) {
    using tree = existsSync(above) ? new Tree(above) : undefined;
    const found = tree?.subtree(path);
    if (found !== undefined) return found;
  }
  throw new BottleError('manifest', `there is no skill \`${name}\``, {
    details: places.map(({ above, path }) => `looked for the folder ${join(above, path)}`),
    fix: 'make the folder there, with a SKILL.md in it, or leave the skill out of the manifest',
  });
}

/** Returns every file, sorted. Refuses links: a link could show the agent any file of the host. */
function listFiles(source: Tree, name: string): readonly string[] {
  const files: string[] = [];
  const folders = ['']; // grows
  for (const folder of folders) {
    for (const entry of source.list(folder)) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (!entry.isFile() && !entry.isDirectory()) throw notPlain(name, path);
      (entry.isFile() ? files : folders).push(path);
      if (files.length + folders.length > MAX_ENTRIES) throw tooMany(name);
    }
  }
  return files.sort();
}

const tooMany = (skill: string): BottleError =>
  new BottleError('manifest', `skill \`${skill}\` holds more than ${MAX_ENTRIES} files and folders`, {
    fix: 'take files out of its folder, or leave the skill out of the manifest',
  });
