import { arch, release } from 'node:os';
import type { Boundary, RungCheck, RuntimeName } from '../../drivers/driver.ts';
import { BOUNDARIES } from '../../drivers/driver.ts';
import { RULES_SOURCE } from '../../gateway/dlp/rules/upstream.ts';
import { prettyName, readOsRelease } from '../../host/system/distribution.ts';
import { userName } from '../../host/user.ts';
import { onPath } from '../egress/foreign-gateway.ts';
import { checkAllRungs } from './rung-checks.ts';

/** The output of `doctor --json`. Keys are fixed; later versions may add more. */
export interface DoctorReport {
  readonly host: {
    readonly os: string;
    readonly kernel: string;
    readonly arch: string;
    readonly user: string;
    readonly node: string;
  };
  readonly rungs: readonly DoctorRung[];
  /** The rules in bot-bottle for texts that look like secrets. */
  readonly rules: { readonly name: string; readonly version: string };
  /** The gateways that a bottle may use; `program` is null for bot-bottle's own, and for one that is absent. */
  readonly gateways: readonly DoctorGateway[];
}

export interface DoctorGateway {
  readonly engine: 'bot-bottle' | 'pipelock';
  readonly status: 'ready' | 'absent';
  readonly program: string | null;
}

export interface DoctorRung {
  readonly runtime: RuntimeName;
  readonly engine: string;
  readonly boundary: Boundary;
  readonly status: RungCheck['status'];
  readonly reason: string;
  readonly fix: string;
  readonly evidence: Readonly<Record<string, string>>;
}

/** Examines this host and checks every rung anew; strongest rungs first. */
export async function examineHost(signal: AbortSignal): Promise<DoctorReport> {
  const checks = await checkAllRungs(signal);
  return {
    host: {
      os: osName(),
      kernel: release(),
      arch: arch(),
      user: userName(),
      node: process.version,
    },
    rungs: checks
      .map(toRow)
      .toSorted((a, b) => BOUNDARIES.indexOf(b.boundary) - BOUNDARIES.indexOf(a.boundary)),
    rules: RULES_SOURCE,
    gateways: [{ engine: 'bot-bottle', status: 'ready', program: null }, pipelock()],
  };
}

function pipelock(): DoctorGateway {
  const program = onPath('pipelock') ?? null;
  return { engine: 'pipelock', status: program === null ? 'absent' : 'ready', program };
}

function toRow({ rung, status, reason, fix, evidence }: RungCheck): DoctorRung {
  return {
    runtime: rung.runtime,
    engine: rung.engine,
    boundary: rung.boundary,
    status,
    reason,
    fix,
    evidence,
  };
}

/** The name of the host's system: PRETTY_NAME of os-release(5), or the platform's name. */
export const osName = (): string => prettyName(readOsRelease()) || process.platform;
