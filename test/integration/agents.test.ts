import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { agentCommand } from '../../src/agents/command.ts';
import type { AgentDefinition, NpmProgram } from '../../src/agents/definition.ts';
import { AGENTS } from '../../src/agents/index.ts';

/**
 * Tests the agent definitions with the real programs: installed by npm, mounted read-only, with an empty home and no
 * network.
 */

const npmAgents = Object.values(AGENTS).flatMap((agent) =>
  agent.program.kind === 'npm' ? [{ name: agent.name, agent, program: agent.program }] : [],
);
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bot-bottle-agents-'));
  chmodSync(folder, 0o755);
  mkdirSync(join(folder, 'skill'));
  writeFileSync(
    join(folder, 'skill/SKILL.md'),
    '---\nname: review\ndescription: bottle-marker, a skill for tests\n---\nLook twice.\n',
  );
  for (const { name, program } of npmAgents) install(join(folder, name), program);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function install(prefix: string, { package: name, version, afterInstall }: NpmProgram): void {
  mkdirSync(prefix);
  const options = [
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    '--engine-strict=false',
  ];
  execFileSync('npm', ['install', ...options, '--prefix', prefix, `${name}@${version}`], { cwd: prefix });
  if (afterInstall !== undefined) execFileSync('node', [join(prefix, 'node_modules', afterInstall)]);
}

/** Runs a command as a bottle would, and returns all of its output. */
function inside(agent: AgentDefinition, argv: readonly string[]): string {
  const asNobody =
    process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];
  const places = [
    ['--ro-bind', '/usr', '/usr', '--symlink', 'usr/bin', '/bin', '--symlink', 'usr/lib', '/lib'],
    ['--symlink', 'usr/lib64', '/lib64', '--proc', '/proc', '--dev', '/dev'],
    ['--tmpfs', '/tmp', '--tmpfs', '/home/agent', '--chdir', '/home/agent'],
    ['--ro-bind', join(folder, agent.name), `/opt/agents/${agent.name}`],
    ['--ro-bind', join(folder, 'skill'), '/skill'],
  ];
  const PATH = `/opt/agents/${agent.name}/node_modules/.bin:/usr/bin:/bin`;
  const env = Object.entries({ HOME: '/home/agent', PATH, ...agent.env });
  const [program = '', ...args] = [
    asNobody,
    ['bwrap', '--die-with-parent', '--unshare-all', '--uid', '1000', '--gid', '1000', '--cap-drop', 'ALL'],
    ['--clearenv', ...env.flatMap(([name, value]) => ['--setenv', name, value])],
    ...places,
    argv,
  ].flat();
  const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', timeout: 60_000, input: '' });
  return stdout + stderr;
}

describe.each(npmAgents)('$name', ({ agent, program }) => {
  test('the agent runs from a folder that it cannot write to', () => {
    expect(inside(agent, [agent.name, '--version'])).toContain(program.version);
  });

  test('the agent runs without a user, asks no question and reports to no vendor', () => {
    const argv = agentCommand(agent, { interactive: false, prompt: 'say hi', args: [] });
    const script = 'timeout 5 "$@"; find . -path "*telemetry*"';
    const output = inside(agent, ['sh', '-c', script, 'sh', ...argv]);
    expect(output).toMatch(/Not logged in|approval: never/);
    expect(output).not.toMatch(/unexpected argument|unknown option|telemetry/);
  });
});

test('codex finds its skills in the defined folder, and knows every setting that it is given', () => {
  const { codex } = AGENTS;
  if (codex === undefined) throw new Error('no codex');
  const settings = codex.interactive.filter((argument) => argument.startsWith('--config='));
  const script = `mkdir -p ${codex.skillsPath} && ln -s /skill ${codex.skillsPath}/review && "$@"`;
  const argv = ['codex', ...settings, 'debug', 'prompt-input', 'hi'];
  expect(inside(codex, ['sh', '-c', script, 'sh', ...argv])).toContain('bottle-marker');
  const strict = [
    'timeout',
    '5',
    'codex',
    ...settings,
    'exec',
    '--strict-config',
    '--skip-git-repo-check',
    'hi',
  ];
  expect(inside(codex, strict)).not.toContain('unknown configuration field');
  const misspelt = [...strict.slice(0, 3), '--config=no.such=1', ...strict.slice(3)];
  expect(inside(codex, misspelt)).toContain('unknown configuration field');
});
