import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { assetPath } from '../../../host/paths.ts';
import { isRoot } from '../../../host/user.ts';
import type { PlanStep } from '../../driver.ts';
import { bodyDialect, compact, networkBody } from '../engine/docker.ts';
import type { NetworkPlan } from '../engine/engine.ts';
import { podmanBodyDialect, podmanNetworkBody } from '../engine/podman.ts';
import { createBody, type BodyDialect, type ContainerPlan } from '../body/hardening.ts';
import { BOTTLE_LABEL } from '../names.ts';
import type { ContainerEngine } from '../../../contracts/rungs.ts';
import type { ContainerRuntime } from '../rungs.ts';

/** Prints the calls of steps to an engine's API. Also works for an engine that this host does not have. */

/** The engine of the printed calls. */
export interface PlannedEngine {
  readonly engine: ContainerEngine;
  /** The version that the engine reported; undefined if there was no check. */
  readonly version: string | undefined;
  /** The engine's name for the bottle's runtime; without a check, the rung's. */
  readonly runtimeKey?: string | undefined;
}

/** The first Docker with a mode for bridges without an address of the host. Assumed if the version is unknown. */
const ISOLATING_DOCKER = '28';

interface PrintDialect {
  body(runtime: ContainerRuntime, key: string): BodyDialect;
  readonly networkPath: string;
  networkJson(network: NetworkPlan, version: string | undefined): unknown;
}

const DIALECTS: Readonly<Record<ContainerEngine, PrintDialect>> = {
  docker: {
    body: bodyDialect,
    networkPath: '/networks/create',
    networkJson: (network, version = ISOLATING_DOCKER) => networkBody(network, Number.parseInt(version, 10)),
  },
  podman: {
    body: () => podmanBodyDialect(isRoot()),
    networkPath: '/libpod/networks/create',
    networkJson: podmanNetworkBody,
  },
};

/** The call that makes a container of this runtime, or of the helpers' one. Shows no value of a variable. */
export function printCreate(
  { engine, runtimeKey }: PlannedEngine,
  plan: ContainerPlan,
  own?: ContainerRuntime,
): PlanStep['call'] {
  const [runtime, key] = own === undefined ? (['runc', 'runc'] as const) : [own, runtimeKey ?? own];
  const shown = { ...plan, env: Object.fromEntries(Object.keys(plan.env).map((name) => [name, '...'])) };
  const body = createBody(shown, { [BOTTLE_LABEL]: plan.bottleId }, DIALECTS[engine].body(runtime, key));
  const SecurityOpt = body.HostConfig.SecurityOpt.map(withoutProfile);
  const json = JSON.stringify({ ...body, HostConfig: { ...body.HostConfig, SecurityOpt } });
  return [`POST /containers/create?name=${plan.name}`, json];
}

/** The call that makes a network. */
export function printNetwork({ engine, version }: PlannedEngine, network: NetworkPlan): PlanStep['call'] {
  const dialect = DIALECTS[engine];
  return [`POST ${dialect.networkPath}`, JSON.stringify(dialect.networkJson(network, version))];
}

const BY_CONTENT = 'seccomp={';
const PROFILE_PATH = assetPath('container/seccomp.json');

/** Shortens a seccomp profile, which has 20 KB: shows its file, if it has one, and the SHA-256 for comparison. */
function withoutProfile(option: string): string {
  if (!option.startsWith(BY_CONTENT)) return option;
  const profile = option.slice('seccomp='.length);
  const file = readFileSync(PROFILE_PATH, 'utf8');
  return compact(file) === profile
    ? `seccomp=(contents of ${PROFILE_PATH}, ${digestOf(file)})`
    : `seccomp=(a profile for this container's program alone, ${digestOf(profile)})`;
}

const digestOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;
