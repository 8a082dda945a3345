/** Sends one nonce of a list after the other through the proxy, a few a second: `node knock.mjs KNOCKS.json`. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { carryHome, within } from './wire.cjs';

const { nonces, names, port } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
for (const nonce of nonces) {
  await within(1_000, carryHome({ names, port }, nonce)).catch(() => undefined);
  await sleep(50);
}
