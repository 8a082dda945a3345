import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { agentOwner } from '../../src/host/user.ts';
import { layOut } from '../../src/demo/arena.ts';
import { ATTEMPTS } from '../../src/demo/attempts.ts';
import { possibleAttempts, viewHost } from '../../src/demo/host-view.ts';
import { attackInTheOpen } from '../../src/demo/in-the-open.ts';
import { successOf } from '../../src/demo/observe.ts';
import { aimAt } from '../../src/demo/targets.ts';

test('every attempt succeeds in the open, so that each can tell a bottle from nothing', async () => {
  const host = await viewHost();
  const attempts = possibleAttempts(ATTEMPTS, host);
  await using arena = await layOut(agentOwner());
  const { open: side, loot } = arena;
  const targets = aimAt(attempts, host, side);
  const env = { BOT_BOTTLE_DEMO_TOKEN: loot['environment'] ?? '' };
  expect(await attackInTheOpen({ side, targets, owner: agentOwner(), env })).toBeUndefined();
  const failed: string[] = [];
  for (const attempt of attempts) {
    if ((await successOf(attempt, { side, targets, loot })).length === 0) failed.push(attempt.id);
  }
  expect(failed).toEqual([]);
  expect(attempts.every(({ id }) => arena.bottle.canary.heard(targets.attempts[id] ?? '').length === 0)).toBe(
    true,
  );
}, 30_000);

test('a Node that lies in a home nobody else may enter attacks all the same', async () => {
  const home = mkdtempSync(join(tmpdir(), 'bot-bottle-home-')); // 0700
  const nodePath = join(home, 'node');
  copyFileSync(process.execPath, nodePath);
  await using arena = await layOut(agentOwner());
  const { open: side } = arena;
  const targets = aimAt([], await viewHost(), side);
  try {
    expect(await attackInTheOpen({ side, targets, owner: agentOwner(), env: {}, nodePath })).toBeUndefined();
  } finally {
    rmSync(home, { recursive: true });
  }
}, 30_000);
