import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { BottleError } from '../../errors.ts';
import type { BottleSpec, LaunchCheck } from '../driver.ts';
import { GATEWAY_PORTS } from '../../contracts/gateway.ts';
import { unreachablePlaces } from '../network/unreachable.ts';
import { runInside } from '../sandbox/life.ts';
import { LINK } from './vmm/machine.ts';

/**
 * Launch checks that the machine makes itself (assets/microvm/guest/check), besides those at the other end of its
 * network.
 */

/**
 * Returns the places that the machine tries to reach, as ADDRESS:PORT: first the gateway, then the places that must not
 * answer. The other end checks IPv6, because a machine has no IPv6 address.
 */
export const placesTried = (): readonly string[] => [
  `${LINK.gatewayAddress}:${GATEWAY_PORTS.proxy}`,
  ...unreachablePlaces().filter((place) => !place.startsWith('[')),
];

/** What the checks expect of a machine. */
export interface Expected {
  /** How many places must not answer. */
  readonly places: number;
  /** Its kernel came in an image that loads it at a random address. */
  readonly hasKaslr: boolean;
}

/**
 * Waits for the results of the machine's own checks.
 * @throws BottleError `rungUnavailable` where the machine cannot reach the gateway, reaches any other place, or runs
 * without KASLR
 */
export async function checkInMachine(spec: BottleSpec, expected: Expected): Promise<readonly LaunchCheck[]> {
  return checksOf(await found(spec), spec.id, expected);
}

/** Derives the checks from the machine's output. Pure. @throws BottleError `rungUnavailable` where one fails */
export function checksOf(
  said: string,
  bottleId: string,
  { places, hasKaslr }: Expected,
): readonly LaunchCheck[] {
  const [health = '', ...rest] = said.split('\n').filter(Boolean);
  if (!health.includes(`"bottle":"${bottleId}"`)) throw failed('machine.gateway', health);
  const [, seconds] = /^over ([\d.]+)$/.exec(rest.at(-1) ?? '') ?? [];
  if (seconds === undefined) throw failed('machine.unreachable', 'it was not tried to the end');
  const reached = rest.filter((line) => line.startsWith('reached'));
  if (reached.length > 0) throw failed('machine.unreachable', reached.join(', '));
  return [
    ...(hasKaslr ? [kaslrCheck(rest)] : []),
    {
      id: 'machine.gateway',
      claim: "the gateway answers in the machine, as this bottle's (control)",
      evidence: `GET /.bot-bottle/health: ${bottleId}`,
    },
    {
      id: 'machine.unreachable',
      claim: 'the host and the outside do not answer the machine, with a route to everywhere',
      evidence: `${places} addresses, TCP: no answer in ${seconds} s, in which the gateway answers (control)`,
    },
  ];
}

/** Bit 1 of loadflags: Documentation/arch/x86/boot.rst, KASLR_FLAG. */
const KASLR_FLAG = 2;

function kaslrCheck(lines: readonly string[]): LaunchCheck {
  const flags = lines.flatMap((line) => /^loadflags +(\d+)$/.exec(line)?.[1] ?? [])[0];
  if ((Number(flags ?? 0) & KASLR_FLAG) === 0)
    throw new BottleError(
      'rungUnavailable',
      'the kernel of the machine is at an address that everybody knows',
      {
        details: [`launch check machine.kaslr failed: loadflags ${flags ?? 'not said'}`],
        fix: 'bot-bottle doctor',
      },
    );
  return {
    id: 'machine.kaslr',
    claim: "the machine's kernel was put at a random address (KASLR)",
    evidence: `loadflags ${flags} in /sys/kernel/boot_params/data, with KASLR_FLAG`,
  };
}

async function found(spec: BottleSpec): Promise<string> {
  const stdout = new PassThrough();
  const said = text(stdout);
  const io = { tty: false, stdin: undefined, stdout, stderr: stdout, size: undefined };
  const session = await runInside(spec, { kind: 'check', argv: [], env: {}, cwd: '/' }, io);
  const exitCode = await session.exitCode;
  stdout.end();
  if (exitCode !== 0)
    throw failed('machine.gateway', `the machine ended, or does not answer (exit code ${exitCode})`);
  return await said;
}

const failed = (id: string, why: string): BottleError =>
  new BottleError('rungUnavailable', "the bottle's network could not be closed and connected", {
    details: [`launch check ${id} failed: ${why || 'no answer'}`],
    fix: 'bot-bottle doctor',
  });
