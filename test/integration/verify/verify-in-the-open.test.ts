import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { agentOwner } from '../../../src/host/user.ts';
import { layOut } from '../../../src/verify/arena/arena.ts';
import { PROBES } from '../../../src/verify/probes/index.ts';
import { stageOf, type Need } from '../../../src/verify/probes/probe.ts';
import { nonceForEach } from '../../../src/verify/arena/nonce.ts';
import { openBeyond } from '../../../src/verify/arena/beyond/beyond.ts';
import { openCapture } from '../../../src/verify/arena/listeners/capture.ts';
import { possibleProbes, viewHost } from '../../../src/verify/arena/host-view.ts';
import { openSibling } from '../../../src/verify/inside/open-sibling.ts';
import { attackInTheOpen } from '../../../src/verify/inside/in-the-open.ts';
import { attackTheOpen } from '../../../src/verify/open.ts';
import { successOf } from '../../../src/verify/judge/observe.ts';
import { aimAt } from '../../../src/verify/arena/targets.ts';
import { succeedsInTheOpen } from '../../conformance/sabotage/seen.ts';

/**
 * Needs that a test host may lack, so that it leaves probes out: only root captures packets or listens beyond; Yama;
 * IPv6.
 */
const MAY_LACK: readonly (Need | undefined)[] = [
  'tracing',
  ...(process.getuid?.() === 0 ? [] : (['capture', 'beyond', 'ip6', 'linkLocal'] as const)),
];

const plan = { attacker: agentOwner(), sides: ['open', 'bottle'], programs: ['verify'] } as const;

test('every attempt succeeds in the open, so that a held bottle means something', async () => {
  await using beyond = await openBeyond();
  const host = await viewHost(beyond);
  // The kernel's rights for an ordinary user differ between hosts.
  const mustSucceed = PROBES.filter(succeedsInTheOpen);
  const possible = possibleProbes(mustSucceed, host);
  const leftOut = mustSucceed.filter((probe) => !possible.includes(probe) && !MAY_LACK.includes(probe.needs));
  expect(leftOut.map(({ id, needs }) => `${id} needs ${needs}`)).toEqual([]);
  const attempts = possible.filter((probe) => stageOf(probe) === 'attack');
  await using capture = await openCapture();
  await using arena = await layOut({ ...plan, capture, beyond });
  const { loot } = arena;
  const side = arena.sides.open;
  await using sibling = await openSibling(agentOwner(), side.programDir, loot.sibling);
  const nonces = { attempts: nonceForEach(attempts.map(({ id }) => id)), controls: {} };
  const targets = { ...aimAt(nonces, host, side), sibling: sibling.targets };
  expect(await attackInTheOpen({ side, targets, owner: agentOwner(), ...arena.launcher })).toBeUndefined();
  await capture.settle();
  await beyond.settle();
  const failed: string[] = [];
  for (const attempt of attempts) {
    const scene = { side, targets, loot, sibling, beside: attempts };
    if ((await successOf(attempt, scene)).length === 0) failed.push(attempt.id);
  }
  expect(failed).toEqual([]);
  const aimedBeyond = attempts.filter(({ needs }) => needs === 'beyond').map(({ id }) => id);
  expect(aimedBeyond).toHaveLength(beyond.at === undefined ? 0 : 3);
  expect(aimedBeyond.filter((id) => beyond.heard(targets.attempts[id] ?? '').length === 0)).toEqual([]);
  expect(
    attempts.every(({ id }) => arena.sides.bottle.canary.heard(targets.attempts[id] ?? '').length === 0),
  ).toBe(true);
}, 30_000);

test('files that an agent leaves for the host do their work in the open', async () => {
  const left = possibleProbes(PROBES, await viewHost()).filter((probe) => stageOf(probe) === 'verbs');
  const { failed } = await attackTheOpen(left, () => undefined, new AbortController().signal);
  expect(failed).toEqual(left.filter((probe) => !succeedsInTheOpen(probe)).map(({ id }) => id));
  expect(left.length - failed.length).toBeGreaterThan(0);
}, 60_000);

test('a Node in a private home folder still runs the attacks', async () => {
  const home = mkdtempSync(join(tmpdir(), 'bot-bottle-home-')); // 0700
  const nodePath = join(home, 'node');
  copyFileSync(process.execPath, nodePath);
  await using arena = await layOut(plan);
  const side = arena.sides.open;
  const targets = aimAt({ attempts: {}, controls: {} }, await viewHost(), side);
  try {
    expect(
      await attackInTheOpen({ side, targets, owner: agentOwner(), ...arena.launcher, nodePath }),
    ).toBeUndefined();
  } finally {
    rmSync(home, { recursive: true });
  }
}, 30_000);
