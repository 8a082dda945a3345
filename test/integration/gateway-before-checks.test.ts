import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { GATEWAY, World, type TestGateway } from './gateway/world.ts';

/** A program that is in the bottle's network from its first moment, as the shell of a hostile image is. */

let world: World;
let gateway: TestGateway;

beforeAll(async () => {
  world = await World.open();
});
afterEach(async () => await gateway?.stop());
afterAll(async () => await world?.close());

const RULES = [{ host: 'allowed.test', port: 80, scheme: 'http' as const }];

/** Asks by the proxy as often as it can, until it is let through. Each request says how many there were before it. */
const EAGER = `
use IO::Socket::INET;
my ($n, $until) = (0, time + 20);
while (time < $until) {
    my $s = IO::Socket::INET->new(PeerAddr => "${GATEWAY}:3128") or next;
    print $s "GET http://allowed.test/eager/" . $n++ . " HTTP/1.1\\r\\nHost: allowed.test\\r\\nConnection: close\\r\\n\\r\\n";
    last if (<$s> // "") =~ / 200 /;
}`;

test('whoever asks before the launch checks have held is refused, however often, and let through after that', async () => {
  const from = world.heard.length;
  gateway = await world.startGateway(RULES, { prepare: `perl -e '${EAGER}' >/dev/null &` });
  expect(gateway.events.at(-1)).toMatchObject({ event: 'ready' });
  const isLetThrough = (): boolean => gateway.decisions.some(({ verdict }) => verdict === 'allow');
  await expect.poll(isLetThrough, { timeout: 10_000 }).toBe(true);
  const early = gateway.decisions.filter(({ rule }) => rule === 'gateway.closed');
  expect(early.length).toBeGreaterThan(0);
  const letThrough = gateway.decisions.filter(({ verdict }) => verdict === 'allow').map(({ path }) => path);
  const heard = await world.heardSince(from, 'request');
  expect(heard.map(({ url }) => url)).toEqual(letThrough);
  expect(letThrough).toHaveLength(1);
});
