import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { serveControl, type Controls } from '../control/serve.ts';
import {
  logFailure,
  readMetrics,
  rejectedSecrets,
  sendPolicy,
  sendSecrets,
  writeControlToken,
} from './control.ts';
import { CONTROL_NAME, controlDirIn } from './folders.ts';

/** The errors for a missing answer, and for one with an unexpected status. */

const FIX = expect.stringContaining('bot-bottle ls shows whether the bottle runs') as string;
const EMPTY = { allow: [], deny: [] };

let runDir: string;
let tokenDigest: string;
beforeEach(async () => {
  runDir = mkdtempSync(join(tmpdir(), 'control-'));
  mkdirSync(controlDirIn(runDir), { recursive: true });
  tokenDigest = await writeControlToken(runDir);
});
afterEach(() => rmSync(runDir, { recursive: true }));

test.each<[string, () => Promise<unknown>]>([
  ['GET /metrics', async () => await readMetrics(runDir)],
  ['PUT /policy', async () => await sendPolicy(runDir, EMPTY)],
  ['PUT /secrets', async () => await sendSecrets(runDir, {})],
  ['GET /rejected', async () => await rejectedSecrets(runDir, new AbortController().signal)],
])('%s fails where there is no gateway', async (what, asked) => {
  await expect(asked()).rejects.toMatchObject({
    code: 'dependencyMissing',
    message: expect.stringContaining(`the bottle's gateway did not answer ${what}: `) as string,
    fix: FIX,
  });
});

/** Accepts a policy, and nothing else. */
const CONTROLS: Controls = {
  metrics: () => {
    throw new Error('not now');
  },
  setPolicy: ({ allow }) => (allow.length === 0 ? { closed: 3 } : { lacking: ['a secret'] }),
  setSecrets: () => {
    throw new Error('no such secret');
  },
  rejected: async () => await Promise.resolve(['key']),
  unwritable: async () => await Promise.resolve('no room'),
};

test('the launcher returns answers of the gateway, and reports requests that it refuses', async () => {
  const served = { controls: CONTROLS, tokenDigest };
  const server = await serveControl(join(controlDirIn(runDir), CONTROL_NAME), served);
  const rule = { id: 'a', host: 'a.test', port: 443, scheme: 'https' } as const;
  expect(await sendPolicy(runDir, EMPTY)).toEqual({ closed: 3 });
  expect(await sendPolicy(runDir, { allow: [rule], deny: [] })).toEqual({ lacking: ['a secret'] });
  expect(await rejectedSecrets(runDir, new AbortController().signal)).toEqual(['key']);
  expect(await logFailure(runDir, new AbortController().signal)).toBe('no room');
  await expect(readMetrics(runDir)).rejects.toMatchObject({
    message: `the bottle's gateway answered GET /metrics with 400: {"error":"not now"}`,
    fix: FIX,
  });
  await expect(sendSecrets(runDir, {})).rejects.toThrow(/answered PUT \/secrets with 400: .*no such secret/);
  server.close();
});

test('the token is in a separate file that only the user who started the bottle can read', async () => {
  const path = join(runDir, 'control.token');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(path.startsWith(controlDirIn(runDir) + '/')).toBe(false);
  rmSync(path);
  await expect(readMetrics(runDir)).rejects.toThrow('the token of its control socket is missing');
});
