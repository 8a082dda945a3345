import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BUBBLEWRAP } from '../../drivers/bubblewrap/rung.ts';
import type { Resource } from '../../drivers/driver.ts';
import { Journal } from './journal.ts';
import { ownIdentity } from '../../host/processes.ts';
import { createRecord, readRecord } from './store.ts';

let home: string;
let journal: Journal;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'bot-bottle-journal-'));
  vi.stubEnv('XDG_STATE_HOME', home);
  journal = new Journal({
    version: 1,
    id: 'one',
    agent: 'a',
    bottle: 'b',
    phase: 'preparing',
    startedAt: new Date(0).toISOString(),
    owner: ownIdentity(),
    detached: false,
    spec: {
      id: 'one',
      rung: BUBBLEWRAP,
      networkForm: 'joined',
      image: { kind: 'default' },
      resources: { cpus: 1, memoryBytes: 1, pids: 1, diskBytes: 1 },
      env: {},
      argv: ['true'],
      cwd: '/',
      tty: false,
      mounts: [],
      runDir: '/',
    },
    workspace: { mode: 'none' },
    resources: [],
  });
  await createRecord(journal.record);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

const container = (name: string): Resource => ({ kind: 'container', engine: 'docker', name });
const onDisk = async () => await readRecord('one');

describe('Journal', () => {
  it('the journal has each change on disk when its promise settles, however many come at once', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `c${index}`);
    await Promise.all([
      journal.enter('opening').then(async () => expect(await onDisk()).toMatchObject({ phase: 'opening' })),
      ...names.map(async (name) => {
        await journal.add(container(name));
        expect((await onDisk())?.resources).toContainEqual(container(name));
      }),
    ]);
    expect(await onDisk()).toEqual(journal.record);
    expect(journal.record.resources).toEqual(names.map(container));
  });

  it('the journal refuses an invalid next phase, and keeps its state', async () => {
    await expect(journal.enter('stopped')).rejects.toThrow('no way from preparing to stopped');
    expect(await onDisk()).toMatchObject({ phase: 'preparing' });
  });
});
