import { bridgeName } from '../../contracts/host-names.ts';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { assetPath } from '../../host/paths.ts';
import { LOOPBACK_GATEWAY, type BottleSpec, type PlanStep } from '../driver.ts';
import { handoverSocket, openerCall } from '../network/opener.ts';
import { agentPlan } from './agent.ts';
import { checksPlan } from './bridge/checks.ts';
import { dropScript } from './bridge/drop.ts';
import { firewallPlan } from './bridge/firewall.ts';
import { agentPlace } from './bridge/prepare.ts';
import { sidecarPlan } from './bridge/sidecar.ts';
import { sourceCheckScript } from './bridge/source-check.ts';
import { bodyDialect, compact, networkBody } from './engine/docker.ts';
import { podmanBodyDialect, podmanNetworkBody } from './engine/podman.ts';
import type { NetworkPlan } from './engine/engine.ts';
import { engineForm, type EngineForm } from './forms.ts';
import { createBody, type BodyDialect, type ContainerPlan } from './hardening.ts';
import { holderPlan } from './holder.ts';
import { defaultImageReference } from '../image/recipe.ts';
import {
  BOTTLE_LABEL,
  containerName,
  dropTableName,
  innerNetworkName,
  outerNetworkName,
  subnetOf,
} from './names.ts';
import { INSIDE_CALL } from '../kata/inside.ts';
import { factsOfRuntime, type ContainerRuntime } from './rungs.ts';
import type { ContainerEngine } from '../../contracts/rungs.ts';
import { isRoot } from '../../host/user.ts';

/**
 * The steps of a start, in order, as calls to the engine's API. They come from the same plans that a start executes.
 */

/** The runtime of a container, and its name in the engine. */
interface PlannedRuntime {
  readonly runtime: ContainerRuntime;
  readonly key: string;
}

const RUNC: PlannedRuntime = { runtime: 'runc', key: 'runc' };

interface PlanDialect {
  body({ runtime, key }: PlannedRuntime): BodyDialect;
  readonly networkPath: string;
  networkJson(network: NetworkPlan, version: string | undefined): unknown;
}

/** The engine of the planned calls. */
interface PlannedEngine {
  readonly engine: ContainerEngine;
  /** The version that the engine reported; undefined if there was no check. */
  readonly version: string | undefined;
  /** The engine's name for the bottle's runtime; without a check, the rung's. */
  readonly runtimeKey?: string | undefined;
}

const runtimeOf = ({ runtimeKey }: PlannedEngine, { rung }: BottleSpec): PlannedRuntime => {
  const { runtime } = factsOfRuntime(rung.runtime);
  return { runtime, key: runtimeKey ?? runtime };
};

/** The first Docker with a mode for bridges without an address of the host. Assumed if the version is unknown. */
const ISOLATING_DOCKER = '28';

const DIALECTS: Readonly<Record<ContainerEngine, PlanDialect>> = {
  docker: {
    body: ({ runtime, key }) => bodyDialect(runtime, key),
    networkPath: '/networks/create',
    networkJson: (network, version = ISOLATING_DOCKER) => networkBody(network, Number.parseInt(version, 10)),
  },
  podman: {
    body: () => podmanBodyDialect(isRoot()),
    networkPath: '/libpod/networks/create',
    networkJson: podmanNetworkBody,
  },
};

/**
 * The steps of a start. Pure except for this host's addresses; also works for an engine that this host does not have.
 */
export function planOf(engine: PlannedEngine, spec: BottleSpec): PlanStep[] {
  return [
    { what: 'find or make the image', call: [`GET /images/${imageOf(spec)}/json`] },
    ...STEPS[engineForm(spec.networkForm)](engine, spec),
    { what: 'open the gate: the agent’s program runs', call: ['a line on its standard input'] },
  ];
}

const STEPS: Readonly<Record<EngineForm, (engine: PlannedEngine, spec: BottleSpec) => PlanStep[]>> = {
  joined: joinedSteps,
  holder: holderSteps,
  bridge: bridgeSteps,
};

const PLACES = ['ADDRESS-OF-THIS-HOST:PORT'];

const startAgent = ({ id }: BottleSpec): PlanStep => ({
  what: 'connect the agent’s streams, start its container up to the gate, bound its files where the engine does not, and confirm its confinement and limits by /proc and its control group',
  call: [`POST /containers/${containerName(id, 'agent')}/attach, start`],
});

/** Steps that confirm the virtual machine, for a rung whose bottles are machines. */
const machineSteps = ({ id, rung }: BottleSpec): PlanStep[] =>
  factsOfRuntime(rung.runtime).isMachine
    ? [
        {
          what: 'look for its machine: a process of its shim with a virtual machine of KVM, and inside another kernel and an interface',
          call: [
            '/proc/PID/cmdline, /proc/PID/fd',
            `POST /containers/${containerName(id, 'agent')}/exec ${JSON.stringify(INSIDE_CALL)}`,
          ],
        },
      ]
    : [];

function joinedSteps(engine: PlannedEngine, spec: BottleSpec): PlanStep[] {
  const agent = agentPlan(spec, {
    image: imageOf(spec),
    volumes: [],
    imageEnv: {},
    network: { kind: 'none' },
    gatewayAddress: LOOPBACK_GATEWAY,
  });
  return [
    create(engine, 'the agent, whose network has loopback alone', {
      plan: agent,
      runtime: runtimeOf(engine, spec),
    }),
    readBack(agent.name),
    startAgent(spec),
    {
      what: 'join that network: open the gateway’s sockets, hand them over and check from inside',
      call: openerCall({
        programDir: assetPath('handover'),
        socketPath: handoverSocket(spec.runDir),
        address: spec.rung.traits.gatewayAddress,
        network: 'PID',
        denied: PLACES,
      }),
    },
  ];
}

function holderSteps(engine: PlannedEngine, spec: BottleSpec): PlanStep[] {
  const holder = holderPlan(spec, defaultImageReference(), PLACES);
  const agent = agentPlan(spec, {
    image: imageOf(spec),
    volumes: [],
    imageEnv: {},
    network: { kind: 'joined', container: holder.name },
    gatewayAddress: LOOPBACK_GATEWAY,
  });
  return [
    create(engine, 'the holder, whose network has loopback alone', { plan: holder, runtime: RUNC }),
    readBack(holder.name),
    {
      what: 'it opens the gateway’s sockets, hands them over and checks from inside',
      call: [`POST /containers/${holder.name}/start`],
    },
    create(engine, 'the agent, in the holder’s network', { plan: agent, runtime: runtimeOf(engine, spec) }),
    readBack(agent.name),
    startAgent(spec),
  ];
}

function bridgeSteps(engine: PlannedEngine, spec: BottleSpec): PlanStep[] {
  const inner = innerNetworkName(spec.id);
  const subnet = subnetOf(inner, 0);
  const helper = { image: defaultImageReference(), reference: imageOf(spec) };
  const images = {
    agent: { reference: helper.reference, digest: helper.reference },
    agentVolumes: [],
    agentEnv: {},
    helper: { reference: helper.image, digest: helper.image },
  };
  const sidecar = sidecarPlan({
    bottleId: spec.id,
    image: helper.image,
    address: subnet.gatewayAddress,
    files: { configPath: 'CONFIGURATION', input: () => '', mounts: [], published: [] },
    foreign: spec.foreignGateway,
  });
  const order = { bottleId: spec.id, image: helper.image };
  const checks = {
    ...order,
    subnet,
    minPids: spec.rung.traits.minPids,
    sharesKernel: spec.rung.boundary === 'shared-kernel',
    foreign: spec.foreignGateway,
  };
  const agent = agentPlan(spec, agentPlace(spec, images, subnet));
  return [
    network(engine, 'the bottle’s own network', { name: innerNetworkName(spec.id), spec, internal: true }),
    network(engine, 'the gateway’s way out', { name: outerNetworkName(spec.id), spec, internal: false }),
    create(engine, 'the drop of all that comes from the bridge to the host', {
      plan: firewallPlan(
        { ...order, script: dropScript(dropTableName(inner), bridgeName(inner)) },
        { kind: 'host' },
      ),
      runtime: RUNC,
    }),
    create(
      engine,
      spec.foreignGateway === undefined ? 'the gateway' : `${spec.foreignGateway.engine} as the gateway`,
      { plan: sidecar, runtime: RUNC },
    ),
    create(engine, 'the drop of forged sources in the gateway’s network', {
      plan: firewallPlan(
        { ...order, script: sourceCheckScript() },
        { kind: 'joined', container: sidecar.name },
      ),
      runtime: RUNC,
    }),
    create(engine, 'the checks from inside', {
      plan: checksPlan(checks, { port: 0, token: '...' }, PLACES),
      runtime: runtimeOf(engine, spec),
    }),
    create(engine, 'the agent', { plan: agent, runtime: runtimeOf(engine, spec) }),
    readBack(agent.name),
    startAgent(spec),
    ...machineSteps(spec),
  ];
}

interface ContainerStep {
  readonly plan: ContainerPlan;
  readonly runtime: PlannedRuntime;
}

function create({ engine }: PlannedEngine, what: string, { plan, runtime }: ContainerStep): PlanStep {
  const shown = { ...plan, env: Object.fromEntries(Object.keys(plan.env).map((name) => [name, '...'])) };
  const body = createBody(shown, { [BOTTLE_LABEL]: plan.bottleId }, DIALECTS[engine].body(runtime));
  const SecurityOpt = body.HostConfig.SecurityOpt.map(withoutProfile);
  const said = JSON.stringify({ ...body, HostConfig: { ...body.HostConfig, SecurityOpt } });
  return { what: `make ${what}`, call: [`POST /containers/create?name=${plan.name}`, said] };
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

const readBack = (name: string): PlanStep => ({
  what: 'read back what the engine applied; refuse on any difference',
  call: [`GET /containers/${name}/json`],
});

interface NetworkStep {
  readonly name: string;
  readonly spec: BottleSpec;
  readonly internal: boolean;
}

function network(
  { engine, version }: PlannedEngine,
  what: string,
  { name, spec, internal }: NetworkStep,
): PlanStep {
  const dialect = DIALECTS[engine];
  const json = dialect.networkJson(
    {
      name,
      bridge: bridgeName(name),
      cidr: subnetOf(name, 0).cidr,
      internal,
      labels: { [BOTTLE_LABEL]: spec.id },
    },
    version,
  );
  return { what: `make ${what}`, call: [`POST ${dialect.networkPath}`, JSON.stringify(json)] };
}

function imageOf({ image }: BottleSpec): string {
  if (image.kind === 'default') return defaultImageReference();
  return image.kind === 'reference' ? image.reference : `(built from ${image.hostPath})`;
}
