import { bridgeName, isBridgeOfBottle } from '../../../src/contracts/host-names.ts';
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  containerName,
  innerNetworkName,
  outerNetworkName,
  subnetOf,
  type Role,
} from '../../../src/drivers/container/names.ts';
import { packageRoot } from '../../../src/host/paths.ts';
import { runOrThrow, spawnProgram } from '../../../src/host/run.ts';
import { openTestBottle, type TestBottle, type TestOptions } from './container.bottle.ts';
import { onlyWhole } from '../../support/suites/mode.ts';

/**
 * Frames of an attacker who controls a guest's kernel: their source is an address to which the gateway would answer
 * through its way out. tcpdump(8) on that way's bridge judges, before any firewall of the host.
 */

const FORGER = join(packageRoot(), 'test/integration/container/forged-source.pl');
const SILENT_FOR_MS = 1_000;

/** Returns the command prefix that runs a program in the network of a bottle's container. */
async function networkOf({ spec }: TestBottle, role: Role): Promise<readonly string[]> {
  const inspect = ['inspect', '--format', '{{.State.Pid}}', containerName(spec.id, role)];
  return ['nsenter', `--net=/proc/${(await runOrThrow(spec.rung.engine, inspect)).trim()}/ns/net`];
}

const runIn = async (
  [program = '', ...network]: readonly string[],
  argv: readonly string[],
): Promise<string> => await runOrThrow(program, [...network, ...argv]);

interface Link {
  readonly ifname: string;
  readonly address: string;
  readonly addr_info: readonly { readonly local: string }[];
}

async function linksIn(network: readonly string[]): Promise<Link[]> {
  const links = JSON.parse(await runIn(network, ['ip', '-json', 'address'])) as Link[];
  return links.filter(({ ifname }) => ifname !== 'lo');
}

/** Starts a capture; returns once it has begun. */
async function capture([program = '', ...argv]: readonly string[]) {
  const child = spawnProgram(program, argv, { stdio: ['ignore', 'pipe', 'pipe'] });
  const text = { heard: '', said: '' };
  child.stdout?.setEncoding('latin1').on('data', (chunk: string) => (text.heard += chunk));
  child.stderr?.setEncoding('latin1').on('data', (chunk: string) => (text.said += chunk));
  const ended = once(child, 'close');
  await expect.poll(() => text.said).toContain('listening on');
  return {
    text,
    end: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Returns an address of this host outside the networks of bottles: answers to it go no further. */
function hostAddress(): string {
  const found = Object.entries(networkInterfaces())
    .flatMap(([name, addresses]) => (isBridgeOfBottle(name) ? [] : (addresses ?? [])))
    .find(({ family, internal }) => family === 'IPv4' && !internal);
  if (found === undefined) throw new Error('this host has no address of IPv4');
  return found.address;
}

const HOST_ADDRESS = hostAddress();

const TCPDUMP = ['tcpdump', '--immediate-mode', '-l', '-n', '-A', '-s', '0', '-i'];

interface Heard {
  /** Answers to the sources to which the gateway would answer through its way out. */
  readonly outside: readonly string[];
  /** Answers to the agent's own address. */
  readonly inside: readonly string[];
}

/**
 * Sends a question and an echo request from each source. Returns the answers and where they were seen, once this many
 * were seen outside.
 */
async function attack(bottle: TestBottle, outsideCount: number): Promise<Heard> {
  const { id } = bottle.spec;
  const inner = subnetOf(innerNetworkName(id), 0);
  const outer = subnetOf(outerNetworkName(id), 0);
  const sources = [inner.agentAddress, outer.engineAddress, HOST_ADDRESS];
  const words = sources.map(() => randomBytes(8).toString('hex'));
  const network = await networkOf(bottle, 'agent');
  const [device] = await linksIn(network);
  const gateway = (await linksIn(await networkOf(bottle, 'gateway'))).find(({ addr_info: addresses }) =>
    addresses.some(({ local }) => local === inner.gatewayAddress),
  );
  const [name = '', mac = ''] = [device?.ifname, gateway?.address];
  const way = await capture([...TCPDUMP, bridgeName(outerNetworkName(id))]);
  const own = await capture([...network, ...TCPDUMP, name, 'src', inner.gatewayAddress]);
  const kinds = words.flatMap((word) => [`dns-${word}`, `echo-${word}`]);
  const answersIn = (text: string): string[] => kinds.filter((kind) => text.includes(kind)).sort();
  try {
    for (const [index, source] of sources.entries())
      await runIn(network, ['perl', FORGER, name, mac, inner.gatewayAddress, source, words[index] ?? '']);
    await expect.poll(() => answersIn(own.text.heard).length).toBe(2);
    await expect.poll(() => answersIn(way.text.heard).length).toBe(outsideCount);
    await sleep(SILENT_FOR_MS);
  } finally {
    await Promise.all([way.end(), own.end()]);
  }
  const named = (text: string): string[] =>
    answersIn(text).map((kind) => {
      const [what = '', word = ''] = kind.split('-');
      return `${what} ${sources[words.indexOf(word)]}`;
    });
  return { outside: named(way.text.heard).sort(), inside: named(own.text.heard).sort() };
}

const FORMS: readonly TestOptions[] = [
  { engine: 'docker', runtime: 'runc', form: 'bridge' },
  { engine: 'podman', runtime: 'runsc', form: 'bridge' },
  ...onlyWhole<TestOptions>([
    { engine: 'docker', runtime: 'runsc', form: 'bridge' },
    { engine: 'podman', runtime: 'runc', form: 'bridge' },
  ]),
];

describe.each(FORMS)('$engine $runtime, a source that is forged', (form) => {
  let bottle: TestBottle;
  beforeAll(async () => {
    bottle = await openTestBottle(form);
    await bottle.launch();
    // Docker may have a rule that drops such frames on a separate bridge, but nobody guarantees it: this rule accepts
    // them first. The bottle's removal deletes it, because it names the bottle's bridge.
    const bridge = bridgeName(innerNetworkName(bottle.spec.id));
    const rule = ['iifname', bridge, 'oifname', bridge, 'accept'];
    await runOrThrow('nft', ['insert', 'rule', 'ip', 'filter', 'DOCKER-USER', ...rule]);
  });
  afterAll(async () => await bottle.remove());

  it("a forged source gets no answer, and the agent's own source does", async () => {
    const { agentAddress } = subnetOf(innerNetworkName(bottle.spec.id), 0);
    expect(bottle.prepared.evidence['sourceCheck']).toMatch(/^ip bot_bottle_source: strict reverse path/);
    expect(await attack(bottle, 0)).toEqual({
      outside: [],
      inside: [`dns ${agentAddress}`, `echo ${agentAddress}`],
    });
  });

  it('a forged source gets an answer through the gateway where no rule checks it (control)', async () => {
    const { engineAddress } = subnetOf(outerNetworkName(bottle.spec.id), 0);
    await runIn(await networkOf(bottle, 'gateway'), ['nft', 'delete', 'table', 'ip', 'bot_bottle_source']);
    const forged = [engineAddress, HOST_ADDRESS];
    const answers = forged.flatMap((source) => [`dns ${source}`, `echo ${source}`]).sort();
    const { outside } = await attack(bottle, answers.length);
    expect(outside).toEqual(answers);
  });
});
