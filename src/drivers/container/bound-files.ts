import { boundFiles, confirmMostFiles } from '../most-files.ts';
import type { Connection } from './engine/engine.ts';
import type { ContainerPlan } from './hardening.ts';
import { mostFilesIn } from './tmpfs.ts';

/**
 * Sees to it that a container in which nothing of the agent's runs yet may have as many files as planned, and no more.
 * `pid`: of its first process, as this host counts. @throws BottleError `rungUnavailable`
 */
export async function boundFilesOf(connection: Connection, plan: ContainerPlan, pid: number): Promise<void> {
  const mostFiles = mostFilesIn(plan);
  if (plan.boundsFiles === true && !connection.body.tmpfsBoundsFiles) await boundFiles(pid, mostFiles);
  confirmMostFiles(pid, mostFiles);
}
