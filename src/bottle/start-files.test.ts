import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { manifestOf } from '../../test/support/manifest.ts';
import { findProgram } from '../host/programs.ts';
import { pathsIn, startFilesOf } from './start-files.ts';

test.each([
  ['/app/tools/token', ['/app/tools/token']],
  ['cd / && "/app/tools/token" --quiet', ['/app/tools/token']],
  ['--config=/app/vault.hcl', ['/app/vault.hcl']],
  ['@/app/body.json', ['/app/body.json']],
  ['cat /app/keys/*.txt', ['/app/keys/']],
  ['/opt/my tools/token', ['/opt/my tools/token', '/opt/my']],
  ['token', []],
  ['/', []],
])('the paths in the argument %j', (argument, expected) => {
  expect([...new Set(pathsIn(argument))]).toEqual(expected);
});

const manifest = manifestOf(`
bottles:
  plain: {}
  box:
    egress:
      protect: [prod.json, none.json]
      allow:
        - { host: a.example.org, inject: { bearer: true, secret: { command: [sh, -c, "~/app/token | head -1"] } } }
        - { host: b.example.org, inject: { bearer: true, secret: { command: [gh, auth, token] } } }
agents: { worker: { bottle: plain, agent: shell } }
`);

test('a start by one agent knows what the manifest names for the others', async () => {
  const projectPath = mkdtempSync(join(tmpdir(), 'bot-bottle-start-'));
  onTestFinished(() => rmSync(projectPath, { recursive: true }));
  writeFileSync(join(projectPath, 'prod.json'), '{}');
  const { files, texts } = await startFilesOf(manifest, { projectPath, named: '/app/current/agents.yaml' });
  expect(files.map(({ path }) => path)).toEqual(
    expect.arrayContaining([
      manifest.file.path,
      '/app/current/agents.yaml',
      join(projectPath, 'prod.json'),
      findProgram('sh'),
    ]),
  );
  expect(texts.map(({ text }) => text)).toEqual(['~/app/token | head -1']);
});
