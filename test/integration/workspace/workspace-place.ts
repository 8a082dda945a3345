import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { vi } from 'vitest';
import { apply, type ApplyReport } from '../../../src/workspace/apply/apply.ts';
import { fileSecrets } from '../../../src/bottle/workspace.ts';
import { copyIn, type CopyReport } from '../../../src/workspace/copy/copy-in.ts';
import { NOTHING_NAMED, type NamedOnHost } from '../../../src/workspace/apply/project-paths.ts';

/** A project, a bottle's folder beside it, and a program that leaves a trace when it runs. */
export class Place {
  readonly folder = mkdtempSync(join(tmpdir(), 'bot-bottle-work-'));
  readonly project = join(this.folder, 'project');
  readonly bottle = join(this.folder, 'bottle');
  readonly work = join(this.bottle, 'work');
  readonly base = join(this.bottle, 'base');
  /** A program that creates the canary file. */
  readonly evil = join(this.folder, 'evil/run');
  readonly #canary = join(this.folder, 'evil/canary');

  /** The files of this host that the next start would use. */
  startFiles: NamedOnHost = NOTHING_NAMED;

  /** The files that the manifest lets in although they look like secrets. */
  copyAnyway: readonly string[] = [];

  constructor() {
    mkdirSync(this.project);
    mkdirSync(this.bottle);
    mkdirSync(dirname(this.evil));
    writeFileSync(this.evil, `#!/bin/sh\ntouch ${this.#canary}\ncat 2>/dev/null\n`);
    chmodSync(this.evil, 0o755);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The paths for `copyIn` and the other functions. */
  get paths() {
    return {
      projectPath: this.project,
      workPath: this.work,
      basePath: this.base,
      startFiles: this.startFiles,
    };
  }

  copy(projectPath = this.project): Promise<CopyReport> {
    return copyIn({
      ...this.paths,
      projectPath,
      owner: me,
      findSecret: fileSecrets(undefined),
      copyAnyway: this.copyAnyway,
    });
  }

  /** Writes a file of the project; its default content is its own path. */
  write(path: string, content = `${path}\n`): void {
    writeInto(this.project, path, content);
  }

  /** Writes a file as the agent would. */
  agentWrites(path: string, content = `${path}\n`): void {
    writeInto(this.work, path, content);
  }

  commitAll(where = this.project): void {
    git(where, 'init', '-q', '-b', 'main');
    git(where, 'add', '-A');
    git(where, 'commit', '-q', '-m', 'first');
  }

  /**
   * Returns the path of a file in the user's home, which from now on is a folder of this place (until
   * `vi.unstubAllEnvs`); git reads its settings only there.
   */
  inHome(path: string): string {
    const home = join(this.folder, 'home');
    vi.stubEnv('HOME', home);
    for (const name of ['XDG_CONFIG_HOME', 'GIT_CONFIG_GLOBAL']) vi.stubEnv(name, undefined);
    mkdirSync(dirname(join(home, path)), { recursive: true });
    return join(home, path);
  }

  /** Returns whether `evil` was run since the last call. */
  evilRan(): boolean {
    const ran = existsSync(this.#canary);
    rmSync(this.#canary, { force: true });
    return ran;
  }
}

export const me = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

function writeInto(root: string, path: string, content: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

/** Runs git as a user of this host does, with a test identity. */
export function git(where: string, ...args: string[]): string {
  const identity = [
    '-c',
    'user.name=A',
    '-c',
    'user.email=a@example.org',
    '-c',
    'protocol.file.allow=always',
  ];
  return execFileSync('git', ['-C', where, ...identity, ...args], { encoding: 'utf8', stdio: 'pipe' });
}

/** Applies, with the same answer to all questions. */
export async function applyAnswering(
  place: Place,
  answer: boolean,
  projectPath = place.project,
): Promise<{ readonly asked: readonly string[]; readonly report: ApplyReport }> {
  const asked: string[] = [];
  const report = await apply({
    ...place.paths,
    projectPath,
    bottleId: 'bottle-1',
    consent: async (executed) => {
      asked.push(...executed.map(({ path, why }) => `${path}: ${why}`));
      return answer;
    },
  });
  return { asked, report };
}

/** Returns the reason why each path was left out. */
export const reasons = (report: CopyReport): Record<string, string> =>
  Object.fromEntries(report.leftOut.map(({ path, why }) => [path, why]));
