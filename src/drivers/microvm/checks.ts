import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { BottleError } from '../../errors.ts';
import { GATEWAY_PORTS, type BottleSpec, type LaunchCheck } from '../driver.ts';
import { unreachablePlaces } from '../network/unreachable.ts';
import { runInside } from '../sandbox/life.ts';
import { LINK } from './vmm/machine.ts';

/** Launch checks that are made in the machine itself, as its root, besides those at its network's other end. */

/** So long is waited for an answer; on a busy host, where the gateway has not answered in it, longer. */
const WAITS_S = [0.5, 2, 5];

/** IPv6 is for the other end: a machine has no such address. */
const isForGuest = (place: string): boolean => !place.startsWith('[');

/**
 * A route to everywhere, as its root would add one; then what answers of these, all at once, with the gateway among them: no longer
 * is waited than it takes to answer the same attempt.
 */
const SCRIPT = `
busybox() { /run/bot-bottle/busybox "$@"; }
gateway=$1; shift
busybox wget -q -T 5 -O - "http://$gateway/.bot-bottle/health" || echo 'the gateway does not answer'
echo
busybox ip route add default via "\${gateway%:*}"
answered=/run/bot-bottle/private/answered
for seconds in ${WAITS_S.join(' ')}; do
  for place in "$gateway" "$@"; do
    { busybox timeout $seconds /run/bot-bottle/busybox nc "\${place%:*}" "\${place##*:}" </dev/null >/dev/null 2>&1 && {
      if [ "$place" = "$gateway" ]; then echo $seconds >$answered; else echo "reached $place"; fi; }; } &
  done
  wait
  [ ! -f $answered ] || break
done
busybox ip route del default && read -r seconds <$answered && busybox rm $answered && echo "over $seconds"
`;

/** @throws BottleError `rungUnavailable` where the gateway does not answer in the machine, or anything else does */
export async function checkInMachine(spec: BottleSpec): Promise<readonly LaunchCheck[]> {
  const places = unreachablePlaces().filter(isForGuest);
  const gateway = `${LINK.gatewayAddress}:${GATEWAY_PORTS.proxy}`;
  const said = await say(spec, ['/run/bot-bottle/busybox', 'sh', '-c', SCRIPT, 'sh', gateway, ...places]);
  return checksOf(said, spec.id, places.length);
}

/** The checks, from what was said in the machine. Pure. @throws BottleError `rungUnavailable` where one does not hold */
export function checksOf(said: string, bottleId: string, places: number): readonly LaunchCheck[] {
  const [health = '', ...rest] = said.split('\n').filter(Boolean);
  if (!health.includes(`"bottle":"${bottleId}"`)) throw failed('machine.gateway', health);
  const [, seconds] = /^over ([\d.]+)$/.exec(rest.at(-1) ?? '') ?? [];
  if (seconds === undefined) throw failed('machine.unreachable', 'it was not tried to the end');
  const reached = rest.filter((line) => line.startsWith('reached'));
  if (reached.length > 0) throw failed('machine.unreachable', reached.join(', '));
  return [
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

async function say(spec: BottleSpec, argv: readonly string[]): Promise<string> {
  const stdout = new PassThrough();
  const said = text(stdout);
  const io = { tty: false, stdin: undefined, stdout, stderr: stdout, size: undefined };
  const session = await runInside(spec, { kind: 'root', argv, env: {}, cwd: '/' }, io);
  await session.exitCode;
  stdout.end();
  return await said;
}

const failed = (id: string, why: string): BottleError =>
  new BottleError('rungUnavailable', "the bottle's network could not be closed and connected", {
    details: [`launch check ${id} failed: ${why || 'no answer'}`],
    fix: 'bot-bottle doctor',
  });
