import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { ownIdentity } from '../../host/processes.ts';
import { writeReceipt, type Receipt } from '../receipt.ts';
import type { BottleRecord } from '../record.ts';
import { bottlePaths, createRecord } from '../store.ts';
import { setPolicy, type PolicySetReport } from './set.ts';
import { NOTHING_SAID } from './start-only.ts';

/** Which manifest a running bottle gets its next rules from. Nothing is sent: there is no gateway. */

const folder = mkdtempSync(join(tmpdir(), 'policy-set-'));
const project = join(folder, 'project');
const strict = join(project, 'strict.yaml');

const manifest = (bottle: string, host: string): string =>
  `bottles: { ${bottle}: { egress: { allow: [{ host: ${host} }] } } }\nagents: { s: { bottle: ${bottle}, agent: shell } }\n`;

beforeAll(() => {
  for (const name of ['STATE', 'CONFIG']) vi.stubEnv(`XDG_${name}_HOME`, join(folder, name));
  for (const place of [project, join(folder, 'elsewhere')]) {
    mkdirSync(place);
    writeFileSync(join(place, 'bot-bottle.yaml'), manifest('wide', 'wide.example'));
  }
  writeFileSync(strict, manifest('strict', 'strict.example'));
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** What would become of a bottle that reaches nothing now. */
async function changeOf(id: string, record: Partial<BottleRecord>, named?: string): Promise<PolicySetReport> {
  await createRecord({
    version: 1,
    id,
    agent: 's',
    bottle: 'strict',
    phase: 'running',
    startedAt: '2026-01-01T00:00:00.000Z',
    owner: ownIdentity(),
    detached: false,
    spec: { id, rung: { engine: 'bubblewrap', runtime: 'bubblewrap' } } as BottleRecord['spec'],
    workspace: { mode: 'mount', projectPath: project },
    resources: [],
    ...record,
  });
  const allow = ['strict', 'wide'].map((name) => ({
    id: name,
    host: `${name}.example`,
    port: 443,
    scheme: 'https' as const,
    dlp: 'block' as const,
    opensTls: true as const,
  }));
  const policy = { allow, deny: [] };
  const receipt: Partial<Receipt> = { version: 1, id, policy, startOnly: NOTHING_SAID };
  await writeReceipt(bottlePaths(id).receiptPath, receipt as Receipt);
  const currentPath = join(folder, 'elsewhere');
  return await setPolicy(id, { named, yes: false, dryRun: true, currentPath, tell: () => undefined });
}

const LOSES_WIDE = [expect.stringContaining('- may reach https://wide.example:443') as string];
const LOSES_STRICT = [expect.stringContaining('- may reach https://strict.example:443') as string];

test('by the manifest that it was started by, where one was named', async () => {
  const manifests = { projectPath: project, named: strict };
  expect(await changeOf('s-1', { manifests })).toMatchObject({ change: 'narrower', difference: LOSES_WIDE });
});

test('by one that is named now, of whichever bottle', async () => {
  const manifests = { projectPath: project, named: strict };
  const named = join(project, 'bot-bottle.yaml');
  expect(await changeOf('s-2', { manifests }, named)).toMatchObject({ difference: LOSES_STRICT });
});

test('by its project’s, though it does not see the project, and somebody is elsewhere', async () => {
  const manifests = { projectPath: project };
  const workspace = { mode: 'none' } as const;
  writeFileSync(join(folder, 'elsewhere', 'bot-bottle.yaml'), manifest('wide', 'other.example'));
  expect(await changeOf('s-3', { manifests, workspace, bottle: 'wide' })).toMatchObject({
    difference: LOSES_STRICT,
  });
});

test.each([
  ['a record that does not say where its manifest was', 's-4', {}],
  ['a manifest in which the agent has moved', 's-5', { manifests: { projectPath: project } }],
])('another bottle’s rules are no bottle’s next ones: %s', async (_, id, record) => {
  await expect(changeOf(id, record)).rejects.toMatchObject({
    code: 'usage',
    message: `${id} runs as the bottle strict, and its agent is in another one now`,
    fix: expect.stringContaining('--manifest FILE') as string,
  });
});

test('a record that says nothing of its manifests is read as before', async () => {
  expect(await changeOf('s-6', { bottle: 'wide' })).toMatchObject({ difference: LOSES_STRICT });
});

test('a manifest that has gone since is named, and another is asked for', async () => {
  const manifests = { projectPath: project, named: join(project, 'gone.yaml') };
  await expect(changeOf('s-9', { manifests })).rejects.toMatchObject({
    message: expect.stringMatching(/started by .*gone\.yaml, which is not there any more/),
    fix: expect.stringContaining('--manifest FILE'),
  });
});
