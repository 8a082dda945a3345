import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';
import type { FileTime } from './slowest-files.ts';

/** The variable with the path of the file to write. */
export const FILE_TIMES_PATH = 'BOT_BOTTLE_FILE_TIMES';

/**
 * A reporter of vitest (`--reporter=PATH`): writes how long each file ran, as JSON. Vitest's own JSON report measures
 * from a file's first test to its last, without the hooks, which start most bottles.
 */
export default class FileTimesReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const path = process.env[FILE_TIMES_PATH];
    if (path === undefined) return;
    const times = modules.map((module): FileTime => {
      const { environmentSetupDuration, prepareDuration, collectDuration, setupDuration, duration } =
        module.diagnostic();
      const durationMs =
        environmentSetupDuration + prepareDuration + collectDuration + setupDuration + duration;
      return { path: module.moduleId, seconds: durationMs / 1000 };
    });
    writeFileSync(path, JSON.stringify(times));
  }
}
