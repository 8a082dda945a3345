import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { refuseVariablesInProject } from './preset-variables.ts';

let dir: string;
let projectPath: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'preset-variables-'));
  projectPath = join(dir, 'project');
  mkdirSync(projectPath);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(dir, { recursive: true });
});

describe('a variable of a preset is refused', () => {
  test.each([
    ['go', 'GOENV', 'project/goenv'],
    ['gradle', 'GRADLE_USER_HOME', 'project/.gradle'],
    ['cargo', 'CARGO_HOME', 'link/.cargo'], // through a link outside
  ] as const)('of %s where %s leads to %s, which is in the project', (preset, variable, below) => {
    symlinkSync(projectPath, join(dir, 'link'));
    vi.stubEnv(variable, join(dir, below));
    expect(() => refuseVariablesInProject([preset], projectPath)).toThrow(
      `${variable} leads the preset ${preset}`,
    );
  });

  test('where an option in it leads into the project', () => {
    vi.stubEnv('MAVEN_ARGS', `--settings=${projectPath}/settings.xml`);
    expect(() => refuseVariablesInProject(['maven'], projectPath)).toThrow('MAVEN_ARGS');
  });
});

describe('a variable of a preset is taken', () => {
  test('where it leads elsewhere', () => {
    vi.stubEnv('CARGO_HOME', join(dir, 'cargo'));
    vi.stubEnv('CARGO_HTTP_PROXY', 'https://mirror.corp.example/project');
    expect(() => refuseVariablesInProject(['cargo'], projectPath)).not.toThrow();
  });

  test('where only a client that the manifest does not name reads it', () => {
    vi.stubEnv('GOENV', join(projectPath, 'goenv'));
    expect(() => refuseVariablesInProject(['npm'], projectPath)).not.toThrow();
  });
});
