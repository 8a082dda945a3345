import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AGENTS } from '../../../src/agents/index.ts';
import type { AuditLine } from '../../../src/gateway/config.ts';
import { commitAll } from '../../support/git.ts';
import { makeHome, RUNTIMES, type Home } from '../../support/home.ts';
import { watchBottles, type Watch } from '../../support/watch.ts';

/** The real Claude Code and Codex, installed from the registry that this host's npm uses, with their dependencies. */

const MINUTE_MS = 60_000;
let home: Home;
let watch: Watch;
let project: string;
let manifest: string;

beforeAll(async () => {
  home = makeHome({ forgets: ['agents'] });
  watch = watchBottles(home.bottlesDir);
  project = home.project('project', {
    'package.json': JSON.stringify({
      name: 'project',
      version: '1.0.0',
      dependencies: { 'is-number': '7.0.0' },
    }),
    '.gitignore': 'node_modules\n',
  });
  await commitAll(project);
  manifest = home.manifest({
    bottles: { web: { egress: { allow: [{ preset: 'npm' }] } } },
    agents: { claude: { bottle: 'web', agent: 'claude' }, codex: { bottle: 'web', agent: 'codex' } },
  });
});

afterAll(async () => {
  watch[Symbol.dispose]();
  await home.remove();
});

const startArgs = (agent: string, runtime: string, args: readonly string[]): string[] => {
  const where = ['--manifest', manifest, '--yes', '--runtime', runtime];
  return ['start', agent, project, ...where, '--', ...args];
};

const versionOf = (agent: keyof typeof AGENTS): string => {
  const { program } = AGENTS[agent];
  return program.kind === 'npm' ? program.version : 'not from npm';
};

const idOf = (agent: string): string => [...watch.ids].findLast((id) => id.startsWith(`${agent}-`)) ?? '';

const SMOKE = 'claude --version && git status && npm install && test -e node_modules/is-number/package.json';
const INITIALIZE = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2024-11-05', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
};

test('an installation that is killed leaves nothing that gc does not remove', async () => {
  const layersDir = join(home.dir, 'cache/bot-bottle/agents');
  const partial = (): string[] =>
    existsSync(layersDir) ? readdirSync(layersDir).filter((name) => name.endsWith('.partial')) : [];
  const launcher = home.spawn(startArgs('claude', 'runc', ['--version']));
  const ended = once(launcher, 'close');
  const written = (name: string): boolean => existsSync(join(layersDir, name, 'node_modules'));
  await expect.poll(() => partial().some(written), { timeout: 60_000, interval: 5 }).toBe(true);
  launcher.kill('SIGKILL');
  await ended;
  await home.must(['gc']);
  expect({ partial: partial(), remains: await watch.remains() }).toEqual({ partial: [], remains: [] });
});

/** Includes a machine, after the agents are installed: installing inside a machine takes ten times as long. */
describe.each([...new Set([...RUNTIMES, 'qemu'])])('%s', (runtime) => {
  test.each(['claude', 'codex'] as const)(
    '%s says its version',
    { timeout: 5 * MINUTE_MS },
    async (agent) => {
      const call = startArgs(agent, runtime, ['--version']);
      const { code, stdout } = await home.run(call, { timeoutMs: 4 * MINUTE_MS });
      expect({ code, stdout }).toEqual({
        code: 0,
        stdout: expect.stringContaining(versionOf(agent)) as string,
      });
      expect(home.receipt(idOf(agent)).agentProgram).toEqual({
        name: expect.stringMatching(/@\d+\.\d+\.\d+$/),
        digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      });
    },
  );

  test('Claude Code as a server works beside its version, git status and npm install', async () => {
    const launcher = home.spawn(startArgs('claude', runtime, ['mcp', 'serve']));
    const ended = once(launcher, 'close');
    const serving = new Promise<string>((resolve) =>
      launcher.stdout?.once('data', (it: Buffer) => resolve(String(it))),
    );
    launcher.stdin?.write(`${JSON.stringify(INITIALIZE)}\n`);
    expect(JSON.parse(await serving)).toMatchObject({
      result: { serverInfo: { version: versionOf('claude') } },
    });

    const { code, stdout } = await home.run(['exec', 'claude', '--', 'sh', '-c', SMOKE]);
    expect({ code, stdout }).toMatchObject({ code: 0 });
    expect(stdout).toMatch(/^2\.[^]*nothing to commit, working tree clean[^]*added 1 package/);
    const decisions = (await home.run(['logs', 'claude', '--json'])).stdout.trim().split('\n');
    const allowed = decisions
      .map((line) => JSON.parse(line) as AuditLine)
      .filter(({ verdict }) => verdict === 'allow');
    expect(allowed.length).toBeGreaterThan(0);
    for (const { rule } of allowed) expect(rule).toMatch(/npm$/);

    await home.run(['stop', 'claude']);
    await ended;
    await home.run(['rm', '--force', idOf('claude')]);
  });
});

test('each program was installed once for all rungs, except the killed one', () => {
  const installations = [...watch.ids].filter((id) => id.startsWith('install-'));
  expect(installations.map((id) => id.replace(/-[0-9a-f]+$/, ''))).toEqual([
    'install-claude',
    'install-claude',
    'install-codex',
  ]);
});
