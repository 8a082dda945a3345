import { createHash } from 'node:crypto';
import { closeSync, fstatSync, readFileSync } from 'node:fs';
import { chmod, lstat, mkdir, readdir, realpath, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { BottleError } from '../errors.ts';
import { configDir } from '../host/paths.ts';
import { Tree } from './tree.ts';

/**
 * Skills: folders of instructions for agents. A project's lie in `.bot-bottle/skills/NAME` beside its manifest, the user's
 * own in `~/.config/bot-bottle/skills/NAME`; the project's own come first. A bottle gets copies, so that nothing it is
 * given changes under it, and their digests go into the receipt.
 */

export interface SkillOrder {
  readonly name: string;
  /** The folder of the manifest that names it. */
  readonly manifestDir: string;
  readonly origin: 'user' | 'project';
}

export interface BroughtSkill {
  readonly name: string;
  /** `sha256:<hex>` over paths, modes and contents. */
  readonly digest: string;
}

const MAX_FILES = 2_000;

/**
 * Copies each skill to `<hostPath>/<name>`.
 * @throws BottleError `manifest` when one is not there, or holds what is not a plain file or folder
 */
export async function bringSkillsIn(
  skills: readonly SkillOrder[],
  hostPath: string,
): Promise<BroughtSkill[]> {
  return await Promise.all(skills.map(async (skill) => await bringIn(skill, join(hostPath, skill.name))));
}

async function bringIn(skill: SkillOrder, targetPath: string): Promise<BroughtSkill> {
  const sourcePath = await findSkill(skill);
  const paths = await listFiles(sourcePath, skill.name);
  const hash = createHash('sha256');
  // Who may write there could put a link in a file's place meanwhile.
  using source = new Tree(sourcePath);
  for (const path of paths) {
    const relativePath = relative(sourcePath, path);
    const { content, mode } = readPlain(source, { path: relativePath, name: skill.name });
    const target = join(targetPath, relativePath);
    await mkdir(join(target, '..'), { recursive: true, mode: 0o755 });
    await writeFile(target, content);
    await chmod(target, mode);
    hash.update(`${relativePath}\0${mode.toString(8)}\0${content.length}\0`).update(content);
  }
  return { name: skill.name, digest: `sha256:${hash.digest('hex')}` };
}

/** @throws BottleError `manifest` where it is no plain file any more */
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

async function findSkill({ name, manifestDir, origin }: SkillOrder): Promise<string> {
  const own = join(configDir(), 'skills', name);
  const places = origin === 'project' ? [join(manifestDir, '.bot-bottle', 'skills', name), own] : [own];
  for (const place of places) {
    const stats = await lstat(place).catch(() => undefined);
    if (stats?.isDirectory() === true && (await liesWhereItSeems(place))) return place;
  }
  throw new BottleError('manifest', `there is no skill \`${name}\``, {
    details: places.map((place) => `looked for the folder ${place}`),
    fix: 'make the folder there, with a SKILL.md in it, or leave the skill out of the manifest',
  });
}

/** No folder above it within the project may be a link either: it could lead to anything of the user's. */
async function liesWhereItSeems(place: string): Promise<boolean> {
  const above = await realpath(join(place, '..', '..', '..'));
  return (await realpath(place)) === join(above, relative(join(place, '..', '..', '..'), place));
}

/** Every file, sorted. A link could show the agent anything of the host, so none is followed and none is taken. */
async function listFiles(folder: string, name: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const odd = entries.find((entry) => !entry.isFile() && !entry.isDirectory());
  if (odd !== undefined) throw notPlain(name, odd.name);
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  if (files.length <= MAX_FILES) return files.sort();
  throw new BottleError('manifest', `skill \`${name}\` holds more than ${MAX_FILES} files`, {
    fix: 'take files out of its folder, or leave the skill out of the manifest',
  });
}
