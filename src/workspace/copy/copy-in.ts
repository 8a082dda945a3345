import { accessSync, constants, existsSync, mkdirSync, realpathSync, statSync, symlinkSync } from 'node:fs';
import { lchown, readdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { geteuid } from 'node:process';
import { BottleError, reasonOf, REPORT_IT } from '../../errors.ts';
import { makePrivateDir, removeTree } from '../../host/files.ts';
import { escapeText } from '../../ui/terminal/text.ts';
import { thisHost, whyNotCopied } from '../allowed-folders.ts';
import { basePaths, writeBaseRecord } from '../base.ts';
import { Breather } from '../../host/together.ts';
import { copyOut } from './copy-file.ts';
import { gather, type Gathered, type LeftOut, type SecretWishes } from './gather.ts';
import { makeRepository } from '../git/import-repository.ts';
import { readRefs } from '../git/refs.ts';
import { Tree } from '../tree.ts';

export interface CopyInRequest extends SecretWishes {
  readonly projectPath: string;
  /** The folder for the agent's copy; its parent is the bottle's folder. */
  readonly workPath: string;
  /** The folder for the base, which is out of the agent's reach. */
  readonly basePath: string;
  /** The host's user and group that the agent's processes run as. */
  readonly owner: { readonly uid: number; readonly gid: number };
}

export interface CopyReport {
  readonly copiedFiles: number;
  readonly bytes: number;
  readonly leftOut: readonly LeftOut[];
  /** Ignored files that the copy includes because `.worktreeinclude` asks for them. */
  readonly broughtIn: readonly string[];
  /** Secrets that the manifest lets in. */
  readonly secretsIn: readonly string[];
}

/**
 * Copies a project for an agent, and keeps the base beside the copy. Leaves ignored files and secrets out. The copy
 * appears in one step when it is complete. Removes the remains of an earlier, killed copy.
 * @throws BottleError `usage` if the folder is not a project's or cannot be read, `wouldLoseWork` if the copy exists
 * already, `dependencyMissing` if git is missing
 */
export async function copyIn(request: CopyInRequest): Promise<CopyReport> {
  const { projectPath, workPath, basePath } = request;
  checkProject(projectPath);
  if (existsSync(workPath))
    throw new BottleError('wouldLoseWork', `${workPath} exists already`, { fix: REPORT_IT });
  const partial = { work: `${workPath}.partial`, base: `${basePath}.partial` };
  await Promise.all([partial.work, partial.base, basePath].map(removeTree));
  await makePrivateDir(partial.base);
  mkdirSync(partial.work);
  mkdirSync(basePaths(partial.base).tree);
  makeRepository(basePaths(partial.base).git);

  const emptyGitDir = basePaths(partial.base).git;
  const gathered = await gather({ projectPath, workPath: partial.work, emptyGitDir }, request);
  const copied = await copyFiles(gathered, { projectPath, ...partial });
  using work = new Tree(partial.work);
  const leftOut = gathered.leftOut.map(({ path }) => path);
  await writeBaseRecord(partial.base, { leftOut, refs: readRefs(work) });
  if (request.owner.uid !== geteuid?.()) await giveTo(partial.work, request.owner);
  await rename(partial.base, basePath);
  await rename(partial.work, workPath);
  return {
    ...copied,
    leftOut: gathered.leftOut,
    broughtIn: gathered.requested,
    secretsIn: gathered.secretsIn,
  };
}

function checkProject(projectPath: string): void {
  const why = whyNotOpened(projectPath);
  if (why !== undefined)
    throw new BottleError('usage', `${escapeText(projectPath)} cannot be copied: ${why}`, {
      fix: 'name the folder of a project that you may read: bot-bottle start AGENT PATH',
    });
  const reason = whyNotCopied(realpathSync(projectPath), thisHost());
  if (reason === undefined) return;
  throw new BottleError('usage', `${escapeText(projectPath)} is no project: ${reason}`, {
    fix: 'start in the folder of a project, or use `workspace: none`',
  });
}

function whyNotOpened(projectPath: string): string | undefined {
  try {
    if (!statSync(projectPath).isDirectory()) return 'it is no folder';
    accessSync(projectPath, constants.R_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

interface Places {
  readonly projectPath: string;
  readonly work: string;
  readonly base: string;
}

async function copyFiles(gathered: Gathered, places: Places) {
  using project = new Tree(places.projectPath);
  const [work, base] = [new Target(places.work), new Target(basePaths(places.base).tree)];
  const breather = new Breather();
  let [copiedFiles, bytes] = [0, 0];
  for (const path of gathered.files) {
    await breather.step();
    const size = await copyOut(project, path, [work.pathFor(path), base.pathFor(path)]);
    if (size === undefined) continue; // deleted since it was listed
    copiedFiles += 1;
    bytes += size;
  }
  for (const { path, target } of gathered.links) {
    symlinkSync(target, work.pathFor(path));
    symlinkSync(target, base.pathFor(path));
    copiedFiles += 1;
  }
  return { copiedFiles, bytes };
}

/** A folder of ours under construction. Creates parents as needed. */
class Target {
  readonly #root: string;
  readonly #made = new Set<string>();

  constructor(root: string) {
    this.#root = root;
  }

  pathFor(path: string): string {
    const target = join(this.#root, path);
    const parent = dirname(target);
    if (!this.#made.has(parent)) {
      mkdirSync(parent, { recursive: true });
      this.#made.add(parent);
    }
    return target;
  }
}

async function giveTo(path: string, owner: CopyInRequest['owner']): Promise<void> {
  await lchown(path, owner.uid, owner.gid);
  const entries = await readdir(path, { withFileTypes: true });
  for (const entry of entries) {
    const child = join(path, entry.name);
    if (entry.isDirectory()) await giveTo(child, owner);
    else await lchown(child, owner.uid, owner.gid);
  }
}
