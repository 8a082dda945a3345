import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { vi } from 'vitest';
import { apply, type ApplyReport } from '../../src/workspace/apply/apply.ts';
import { fileSecrets } from '../../src/bottle/workspace.ts';
import { copyIn, type CopyReport } from '../../src/workspace/copy/copy-in.ts';
import { NOTHING_NAMED, type NamedOnHost } from '../../src/workspace/apply/project-paths.ts';

/** A project, a bottle's folder beside it, and a program that leaves a trace when it is run. */
export class Place {
  readonly folder = mkdtempSync(join(tmpdir(), 'bot-bottle-work-'));
  readonly project = join(this.folder, 'project');
  readonly bottle = join(this.folder, 'bottle');
  readonly work = join(this.bottle, 'work');
  readonly base = join(this.bottle, 'base');
  /** A program that makes `canary`. */
  readonly evil = join(this.folder, 'evil/run');
  readonly #canary = join(this.folder, 'evil/canary');

  /** What the next start would take of this computer. */
  startFiles: NamedOnHost = NOTHING_NAMED;

  /** What the manifest lets in although it looks like a secret. */
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

  /** What `copyIn` and the others are told. */
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

  /** Writes a file of the project; its content is its own path, if nothing else is said. */
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

  /** Where a file of the user's is: from now on at home in a folder of the place (until `vi.unstubAllEnvs`), with settings of git only there. */
  inHome(path: string): string {
    const home = join(this.folder, 'home');
    vi.stubEnv('HOME', home);
    for (const name of ['XDG_CONFIG_HOME', 'GIT_CONFIG_GLOBAL']) vi.stubEnv(name, undefined);
    mkdirSync(dirname(join(home, path)), { recursive: true });
    return join(home, path);
  }

  /** Whether `evil` was run since the last call. */
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

/** git as a user of this host runs it, with an identity of its own. */
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

/** Applies, with one answer to all that is asked. */
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

/** Why each path was left out. */
export const reasons = (report: CopyReport): Record<string, string> =>
  Object.fromEntries(report.leftOut.map(({ path, why }) => [path, why]));
