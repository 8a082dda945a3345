import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../host/run.ts';
import type { HostView } from '../arena/host-view.ts';
import { NO_AFTERMATH, type Aftermath } from './aftermath.ts';
import { findAll } from './found.ts';
import { makeCorner } from './project.ts';

/** The same where nothing is between an agent and the project: it works in it, and prints on the terminal. */

/** A project of an agent without a bottle, which it may write to. */
export async function openCorner(sideDir: string): Promise<string> {
  const corner = join(sideDir, 'project');
  await mkdir(corner);
  await makeCorner(corner);
  return corner;
}

/** What is there after its work. */
export async function aftermathInTheOpen(corner: string, host: HostView): Promise<Aftermath> {
  const command = 'cat terminal/* terminal-diff/*; ls --literal --show-control-chars terminal-diff';
  const shown = host.hasScript
    ? await run('script', ['-qefc', command, '/dev/null'], { cwd: corner })
    : undefined;
  return { ...NO_AFTERMATH, project: findAll(corner), screen: shown?.stdout ?? '' };
}
