import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import type { ForeignGateway } from '../../drivers/driver.ts';
import { BottleError, reasonOf } from '../../errors.ts';
import { hostVariable } from '../../host/env.ts';
import { isRoot } from '../../host/user.ts';
import type { ResolvedAgent, ResolvedGateway } from '../../manifest/resolve.ts';
import { upstreamProxy } from './gateway.ts';
import { refuseBeyondPipelock } from './pipelock-limits.ts';
import type { Rules } from './policy.ts';
import type { BottleRecord } from '../state/record.ts';
import { bottlePaths } from '../state/store.ts';

/** A gateway other than bot-bottle's own: finds its program and refuses what it cannot do. */

interface ForeignWishes {
  readonly projectPath: string;
  readonly learn: boolean;
}

/**
 * The program that a bottle uses as its gateway; undefined for bot-bottle's own.
 * @throws BottleError `manifest` for everything that it cannot do, `usage` behind a company proxy, `dependencyMissing`
 *   if the program is missing
 */
export async function foreignGatewayOf(
  resolved: ResolvedAgent,
  { projectPath, learn }: ForeignWishes,
  note: (line: string) => void,
): Promise<ForeignGateway | undefined> {
  const { gateway } = resolved;
  if (gateway.engine === 'bot-bottle') return undefined;
  refuseBeyondPipelock({ ...resolved, learns: learn });
  if (upstreamProxy() !== undefined) {
    throw new BottleError(
      'usage',
      'pipelock does not support a company proxy, and HTTPS_PROXY is set on this host',
      {
        fix: 'unset it for this start, or take gateway: bot-bottle',
      },
    );
  }
  const hostPath = programAt(gateway);
  if (resolved.workspace !== 'none') refuseInProject(hostPath, projectPath);
  note(
    `the gateway is ${gateway.engine} (${hostPath}): it allows every port of an allowed host, and does not inspect https`,
  );
  return { engine: gateway.engine, hostPath };
}

function programAt({ programPath }: ResolvedGateway & { engine: 'pipelock' }): string {
  const found = programPath ?? onPath('pipelock');
  if (found !== undefined) return realProgram(found);
  throw new BottleError('dependencyMissing', 'pipelock’s program is not in any folder of PATH', {
    fix: 'install it, or say where it is: gateway: { engine: pipelock, program: /path/to/pipelock }',
  });
}

/** Refuses a program in the project: the agent's changes come back there, and the next start would run them. */
function refuseInProject(hostPath: string, projectPath: string): void {
  if (!hostPath.startsWith(`${realpathSync(projectPath)}${sep}`)) return;
  throw new BottleError('manifest', `the gateway’s program ${hostPath} is in the project`, {
    fix: 'move it out of the project',
  });
}

/** Path of the program of this name in PATH; undefined if there is none. */
export const onPath = (name: string): string | undefined =>
  (hostVariable('PATH') ?? '')
    .split(':')
    .map((dir) => join(dir, name))
    .find((path) => path.startsWith('/') && isProgram(path));

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** @throws BottleError `dependencyMissing` if the gateway's user cannot run the file */
function realProgram(path: string): string {
  try {
    const real = realpathSync(path);
    accessSync(real, constants.R_OK | constants.X_OK);
    const { mode } = statSync(real);
    if (!statSync(real).isFile()) throw new Error('it is no file');
    if (isRoot() && (mode & 0o005) !== 0o005) throw new Error('other users cannot read and run it');
    return real;
  } catch (error) {
    throw new BottleError('dependencyMissing', `the gateway’s program ${path}: ${reasonOf(error)}`, {
      fix: 'see gateway: in the manifest; as root, the program runs as another user: chmod 755',
      cause: error,
    });
  }
}

/** The rules as this gateway enforces them: pipelock passes TLS unopened and inspects plain HTTP itself. Pure. */
export function rulesFor({ engine }: ResolvedGateway, rules: Rules): Rules {
  if (engine === 'bot-bottle') return rules;
  const allow = rules.egress.allow.map((rule) => ({
    ...rule,
    dlp: 'off' as const,
    ...(rule.scheme === 'https' ? { tls: 'pass' as const } : {}),
  }));
  return { ...rules, egress: { ...rules.egress, allow } };
}

/** @throws BottleError `usage` for a bottle with a foreign gateway. `what`: the feature that only bot-bottle's has */
export function expectOwnGateway({ id, spec }: BottleRecord, what: string): void {
  const engine = spec.foreignGateway?.engine;
  if (engine === undefined) return;
  throw new BottleError('usage', `the gateway of ${id} is ${engine}: it has no ${what}`, {
    fix: `its own log: ${join(bottlePaths(id).auditDir, `${engine}.jsonl`)}`,
  });
}
