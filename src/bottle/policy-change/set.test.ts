import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { writeControlToken } from '../../gateway/launch/control.ts';
import { controlDirIn, CONTROL_NAME } from '../../gateway/launch/folders.ts';
import type { BottleError } from '../../errors.ts';
import { ownIdentity } from '../../host/processes.ts';
import { readReceipt, writeReceipt, type Receipt } from '../state/receipt.ts';
import type { BottleRecord } from '../state/record.ts';
import { bottlePaths, createRecord } from '../state/store.ts';
import { setPolicy, type PolicySetReport } from './set.ts';
import { NOTHING_SAID } from './start-only.ts';

/**
 * Tests which manifest gives a running bottle its next rules, and two simultaneous changes. Cases that send nothing
 * have no gateway.
 */

vi.mock(import('../state/receipt.ts'), async (importOriginal) => {
  const original = await importOriginal();
  return { ...original, writeReceipt: vi.fn<typeof original.writeReceipt>(original.writeReceipt) };
});

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

/** The report of a dry run for a running bottle that may reach `strict.example` and `wide.example`. */
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

test('policy set uses the named manifest that the bottle started by', async () => {
  const manifests = { projectPath: project, named: strict };
  expect(await changeOf('s-1', { manifests })).toMatchObject({ change: 'narrower', difference: LOSES_WIDE });
});

test('policy set uses a manifest that is named now, for any bottle', async () => {
  const manifests = { projectPath: project, named: strict };
  const named = join(project, 'bot-bottle.yaml');
  expect(await changeOf('s-2', { manifests }, named)).toMatchObject({ difference: LOSES_STRICT });
});

test("policy set uses the project's manifest, wherever it is run", async () => {
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
])("another bottle's rules are never used: %s", async (_, id, record) => {
  await expect(changeOf(id, record)).rejects.toMatchObject({
    code: 'usage',
    message: `${id} runs as the bottle strict, and its agent is in another one now`,
    fix: expect.stringContaining('--manifest FILE') as string,
  });
});

test('a record without manifests is read as before', async () => {
  expect(await changeOf('s-6', { bottle: 'wide' })).toMatchObject({ difference: LOSES_STRICT });
});

test('a missing manifest is named, and another one is asked for', async () => {
  const manifests = { projectPath: project, named: join(project, 'gone.yaml') };
  await expect(changeOf('s-9', { manifests })).rejects.toMatchObject({
    message: expect.stringMatching(/started by .*gone\.yaml, which no longer exists/),
    fix: expect.stringContaining('--manifest FILE'),
  });
});

test('a damaged receipt is reported as damaged', async () => {
  await changeOf('s-10', { bottle: 'wide' });
  const { receiptPath } = bottlePaths('s-10');
  for (const content of ['x', 'null', '{}']) {
    writeFileSync(receiptPath, content);
    await expect(set('s-10')).rejects.toMatchObject({
      code: 'dependencyMissing',
      message: expect.stringContaining(receiptPath) as string,
      fix: expect.stringContaining('stop the bottle') as string,
    });
  }
});

describe('two at once', () => {
  const narrowest = join(project, 'nothing.yaml');
  const narrower = join(project, 'narrower.yaml');

  beforeAll(() => {
    writeFileSync(narrowest, `bottles: { strict: {} }\nagents: { s: { bottle: strict, agent: shell } }\n`);
    writeFileSync(narrower, manifest('strict', 'wide.example'));
  });

  test('two changes at once are both noted in order, and the second starts from the first', async () => {
    await changeOf('s-11', { bottle: 'wide' });
    const gateway = await gatewayOf('s-11');
    const outcomes = await Promise.allSettled([set('s-11', narrowest), set('s-11', narrower)]);
    await gateway.close();
    const { policyChanges = [] } = await readReceipt(bottlePaths('s-11').receiptPath);
    const went = outcomes.filter(({ status }) => status === 'fulfilled').length;
    expect(policyChanges).toHaveLength(went);
    // The receipt matches the gateway's policy.
    expect(gateway.policies.at(-1)).toEqual(JSON.parse(JSON.stringify(policyChanges.at(-1)?.policy)));
    // In either order: from nothing to something needs trust that nobody has given.
    const last = policyChanges.at(-1)?.policy.allow;
    const refusals = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    expect(last).toEqual([]);
    const codes = refusals.map((error: BottleError) => error.code);
    expect([[2], [1, 'policy']]).toContainEqual([policyChanges.length, ...codes]);
  });
});

describe('with a receipt that cannot be written', () => {
  const narrowest = join(project, 'none.yaml');

  beforeAll(() => {
    writeFileSync(narrowest, `bottles: { strict: {} }\nagents: { s: { bottle: strict, agent: shell } }\n`);
  });

  test('with an unwritable receipt nothing is allowed that it does not say', async () => {
    await changeOf('s-12', { bottle: 'wide' });
    const gateway = await gatewayOf('s-12');
    await set('s-12', narrowest);
    vi.mocked(writeReceipt).mockRejectedValueOnce(new Error('ENOSPC'));
    await expect(set('s-12', strict, true)).rejects.toThrow('ENOSPC');
    await gateway.close();
    expect(gateway.policies).toEqual([{ allow: [], deny: [] }]);
  });

  test('with an unwritable receipt new refusals still take effect', async () => {
    await changeOf('s-13', { bottle: 'wide' });
    const gateway = await gatewayOf('s-13');
    vi.mocked(writeReceipt).mockRejectedValueOnce(new Error('ENOSPC'));
    await expect(set('s-13', narrowest)).rejects.toThrow('ENOSPC');
    await gateway.close();
    expect(gateway.policies).toEqual([{ allow: [], deny: [] }]);
  });

  test('a gateway that refuses a wider policy leaves the receipt without it', async () => {
    await changeOf('s-14', { bottle: 'wide' });
    const gateway = await gatewayOf('s-14');
    await set('s-14', narrowest);
    await gateway.close();
    await expect(set('s-14', strict, true)).rejects.toMatchObject({ code: 'dependencyMissing' });
    const { policyChanges = [] } = await readReceipt(bottlePaths('s-14').receiptPath);
    expect(policyChanges.map(({ policy, closed }) => [policy.allow.length, closed])).toEqual([[0, 0]]);
  });
});

/** Sets the policy without a dry run. */
const set = async (id: string, named?: string, yes = false): Promise<PolicySetReport> =>
  await setPolicy(id, {
    named,
    yes,
    dryRun: false,
    currentPath: join(folder, 'elsewhere'),
    tell: () => undefined,
  });

/** A server on a bottle's control socket that accepts every policy. */
async function gatewayOf(id: string) {
  const policies: unknown[] = [];
  const server = createServer((request, response) => {
    void text(request).then((content) => {
      policies.push(JSON.parse(content));
      response.end('{"closed":0}');
    });
  });
  const { runDir } = bottlePaths(id);
  const controlDir = controlDirIn(runDir);
  mkdirSync(controlDir, { recursive: true });
  await writeControlToken(runDir);
  server.listen(join(controlDir, CONTROL_NAME));
  await once(server, 'listening');
  return { policies, close: async () => void (await once(server.close(), 'close')) };
}
