import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { ownIdentity } from '../../host/processes.ts';
import { attachToBottle } from './join.ts';
import type { BottleRecord } from '../state/record.ts';
import { createRecord } from '../state/store.ts';

const home = mkdtempSync(join(tmpdir(), 'join-'));

beforeAll(() => void vi.stubEnv('XDG_STATE_HOME', home));
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

test.each([
  ['can be let go of', true, /^press Ctrl-p Ctrl-q in its terminal; or run .*: bot-bottle exec \S+ -- sh$/],
  ['cannot', false, /^run a program beside it: bot-bottle exec \S+ -- sh$/],
])(
  'an attach to an agent that was not detached, and %s, is refused with the remedy',
  async (...[, can, fix]) => {
    const id = `fixer-${can}`;
    const rung = { engine: 'bubblewrap', runtime: 'bubblewrap', traits: { canDetach: can } };
    await createRecord({
      version: 1,
      id,
      agent: 'fixer',
      bottle: 'web',
      phase: 'running',
      startedAt: '2026-01-01T00:00:00.000Z',
      owner: ownIdentity(),
      detached: false,
      spec: { id, rung } as BottleRecord['spec'],
      workspace: { mode: 'none' },
      resources: [],
    });
    await expect(attachToBottle(id)).rejects.toMatchObject({
      code: 'usage',
      message: `bottle ${id} still belongs to the start that made it`,
      fix: expect.stringMatching(fix),
    });
  },
);
