import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import * as yaml from 'yaml';
import * as z from 'zod';
import { RUNTIME_NAMES, type PlanStep, type RuntimeName } from '../../src/drivers/driver.ts';
import { DRIVERS } from '../../src/drivers/index.ts';
import { packageRoot } from '../../src/host/paths.ts';
import { makeHome, type Home } from '../support/home.ts';
import { KEYS } from '../support/terminal.ts';
import { testMode } from '../support/suites/mode.ts';

/** Permissions and limits of a manifest, from the command line: bad, untrusted, changed and first manifests. */

const GOLDEN = join(packageRoot(), 'test/golden/manifests');
/** A start asks this question; a separate test covers a question without an answer. */
const LEFT_OUT = 'question-unanswered.yaml';
/** Returns the path of the user's own manifest; some golden manifests have one. */
const userManifest = (name: string): string => join(GOLDEN, name.replace(/\.yaml$/, '.user.yaml'));
const hasUserManifest = (name: string): boolean => existsSync(userManifest(name));
/** src/manifest/golden.test.ts compares the words of all; here one in eight, and those with a user's manifest, go through the whole program. */
const NAMES = readdirSync(GOLDEN)
  .filter((name) => name.endsWith('.yaml') && !name.endsWith('.user.yaml') && name !== LEFT_OUT)
  .filter((name, at) => testMode() === 'whole' || at % 8 === 0 || hasUserManifest(name));

let home: Home;
/** Listens in place of the engines, and records each connection: see `engineCalls`. */
let engine: Server;

beforeAll(() => {
  home = makeHome();
  engine = createServer((socket) => {
    appendFileSync(join(home.dir, 'engine-calls'), 'the socket of Docker\n');
    socket.destroy();
  }).listen(join(home.dir, 'engine.sock'));
  const call = `#!/bin/sh\necho "$0" >> ${home.dir}/engine-calls\nexit 1\n`;
  home.project('programs', { docker: call, podman: call, bwrap: call });
  for (const name of readdirSync(join(home.dir, 'programs')))
    chmodSync(join(home.dir, 'programs', name), 0o755);
});

beforeEach(() => writeFileSync(join(home.dir, 'engine-calls'), ''));

afterAll(async () => {
  engine.close();
  await home.remove();
});

const watched = (): Record<string, string> => ({
  PATH: `${home.dir}/programs:${process.env['PATH'] ?? ''}`,
  DOCKER_HOST: `unix://${home.dir}/engine.sock`,
  XDG_CACHE_HOME: join(home.dir, 'empty-cache'),
});
const engineCalls = (): string => readFileSync(join(home.dir, 'engine-calls'), 'utf8');
const stateIsEmpty = (): boolean => !existsSync(home.bottlesDir) || readdirSync(home.bottlesDir).length === 0;

describe('an invalid manifest', () => {
  test('an invalid manifest is refused with 3 and the exact text, without an engine request or a write', async () => {
    expect(NAMES.some(hasUserManifest)).toBe(true);
    expect(NAMES.some((name) => !hasUserManifest(name))).toBe(true);
    for (let first = 0; first < NAMES.length; first += 4) {
      const codes = NAMES.slice(first, first + 4).map(async (name) => ({
        name,
        ...(await startGolden(name)),
      }));
      for (const { name, code, stderr } of await Promise.all(codes)) {
        expect.soft({ name, code, stderr }).toEqual({ name, code: 3, stderr: goldenWords(name) });
      }
    }
    expect({ calls: engineCalls(), stateIsEmpty: stateIsEmpty() }).toEqual({ calls: '', stateIsEmpty: true });
  });

  test('a valid manifest sends a request to the engines (control)', async () => {
    const path = home.manifest({ bottles: { a: {} }, agents: { a: { bottle: 'a', agent: 'shell' } } });
    const call = ['start', 'a', home.project('valid'), '--manifest', path, '--yes', '--', 'true'];
    expect(await home.run(call, { env: watched() })).toMatchObject({ code: 6 });
    for (const who of ['bwrap', 'podman', 'socket']) expect(engineCalls()).toContain(who);
  });

  /** Returns the words of the golden file as a terminal shows them, with the paths that `startGolden` used. */
  function goldenWords(name: string): string {
    const golden = readFileSync(join(GOLDEN, name.replace(/yaml$/, 'txt')), 'utf8').trimEnd();
    const [own, users] = hasUserManifest(name)
      ? [`golden/${name}/bot-bottle.yaml`, `golden/${name}.config/bot-bottle/bot-bottle.yaml`]
      : [join(GOLDEN, name), ''];
    const shown = golden
      .replaceAll('~/.config/bot-bottle/bot-bottle.yaml', users)
      .replaceAll(/(?<!\/)bot-bottle\.yaml/g, own);
    const [title, ...details] = shown.split('\n');
    const lines = details.map((line) =>
      line.startsWith('fix: ') ? line.replace('fix', 'what to do') : `  ${line}`,
    );
    return [`error: ${title}`, ...lines, ''].join('\n');
  }

  /** Starts with the project's own manifest if there is a user's manifest too, else with a named and trusted one. */
  async function startGolden(name: string) {
    const path = join(GOLDEN, name);
    const [, agent = 'fixer'] = /^agents:\s*\{?\s*([\w-]+)\s*:/m.exec(readFileSync(path, 'latin1')) ?? [];
    const project = home.project(`golden/${name}`);
    if (!hasUserManifest(name)) {
      const call = ['start', agent, project, '--manifest', path, '--yes', '--', 'true'];
      return await home.run(call, { env: watched() });
    }
    cpSync(path, join(project, 'bot-bottle.yaml'));
    const config = home.project(`golden/${name}.config/bot-bottle`);
    cpSync(userManifest(name), join(config, 'bot-bottle.yaml'));
    const env = { ...watched(), XDG_CONFIG_HOME: join(config, '..') };
    return await home.run(['start', agent, project, '--', 'true'], { env });
  }
});

describe('trust', () => {
  const closed = 'bottles:\n  box: { workspace: copy }\nagents:\n  sh: { bottle: box, agent: shell }\n';
  const open = closed.replace('copy }', 'copy, egress: { allow: [{ host: evil.example }] } }');
  const startIn = async (project: string) =>
    await home.run(['start', 'sh', project, '--runtime', 'bubblewrap', '--', 'echo', 'started']);

  test('trust is asked for once per content and place, and again with the difference after a change', async () => {
    const project = home.project('trusting', { 'bot-bottle.yaml': closed });
    const untrusted = await startIn(project);
    expect(untrusted).toMatchObject({ code: 7, stdout: '' });
    expect(untrusted.stderr).toContain('bot-bottle trust');
    expect(await home.run(['trust', project])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--yes') as string,
    });
    expect(stateIsEmpty()).toBe(true);

    await home.must(['trust', project, '--yes']);
    expect(await startIn(project)).toMatchObject({ code: 0, stdout: 'started\n' });
    expect(await startIn(home.project('elsewhere', { 'bot-bottle.yaml': closed }))).toMatchObject({
      code: 7,
    });

    home.project('trusting', { 'bot-bottle.yaml': open });
    const changed = await startIn(project);
    expect(changed).toMatchObject({ code: 7, stdout: '' });
    expect(changed.stderr).toMatch(/has changed[^]*\n *\+ .*evil\.example/);

    const terminal = home.terminal(['trust', project]);
    await terminal.shows(/\+ .*evil\.example[^]*Trust .*\?/);
    terminal.type('n');
    expect(await terminal.ended()).toBe(7);
    expect(await startIn(project)).toMatchObject({ code: 7 });
    const again = home.terminal(['trust', project]);
    await again.shows(/Trust .*\?/);
    again.type('y');
    expect(await again.ended()).toBe(0);
    expect(await startIn(project)).toMatchObject({ code: 0 });
  });

  test("trust does not cover the agent's changes to its own manifest", async () => {
    const mounted = closed.replace('workspace: copy', 'workspace: mount');
    const project = home.project('mounted', { 'bot-bottle.yaml': mounted });
    chmodSync(join(project, 'bot-bottle.yaml'), 0o666);
    await home.run(['trust', project, '--yes']);
    const widen = 'sed -i s/box:.*/"box: { egress: { allow: [{ host: evil.example }] } }"/ bot-bottle.yaml';
    chmodSync(project, 0o777);
    const start = ['start', 'sh', project, '--runtime', 'bubblewrap', '--', 'sh', '-c', widen];
    await home.must(start);
    expect(readFileSync(join(project, 'bot-bottle.yaml'), 'utf8')).toContain('evil.example');
    expect(await startIn(project)).toMatchObject({ code: 7 });
  });

  test('an unanswered trust question ends the start, which leaves nothing', async () => {
    const project = home.project('asked', {
      'bot-bottle.yaml': closed.replace('copy }', 'copy, env: { T: "?Which" } }'),
    });
    await home.run(['trust', project, '--yes']);
    expect(await startIn(project)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--set T=') as string,
    });
    const terminal = home.terminal(['start', 'sh', project, '--', 'true']);
    await terminal.shows(/Which/);
    terminal.type(KEYS.interrupt);
    expect(await terminal.ended()).not.toBe(0);
  });
});

describe('the first manifest', () => {
  test('the manifest of init is valid by the schema, starts, and is never replaced', async () => {
    const project = home.project('first');
    await home.must(['init', project]);
    const path = join(project, 'bot-bottle.yaml');
    const text = readFileSync(path, 'utf8');
    const { code, stdout } = await home.run(['schema']);
    expect(code).toBe(0);
    const schema = z.fromJSONSchema(JSON.parse(stdout) as z.core.JSONSchema.JSONSchema);
    const content = yaml.parse(text) as object;
    expect(schema.safeParse(content).success).toBe(true);
    expect(schema.safeParse({ ...content, botles: {} }).success).toBe(false);

    await home.must(['trust', project, '--yes']);
    const { stdout: said } = await home.must(['start', 'shell', project, '--', 'echo', 'started']);
    expect(said).toBe('started\n');
    writeFileSync(path, `${text}# mine\n`);
    expect(await home.run(['init', project])).toMatchObject({ code: 4 });
    expect(readFileSync(path, 'utf8')).toContain('# mine');
  });
});

describe('--dry-run', () => {
  const planned = new Set(DRIVERS.flatMap(({ rungs }) => rungs.map(({ runtime }) => runtime)));
  const secret = 'do-not-print-me';

  async function plan(runtime: RuntimeName) {
    const path = home.manifest({
      bottles: { a: { env: { TOKEN: '${TOKEN_OF_HOST}' } } },
      agents: { a: { bottle: 'a', agent: 'shell' } },
    });
    const what = ['start', 'a', home.project('planned'), '--manifest', path, '--yes', '--dry-run', '--json'];
    const env = { ...watched(), TOKEN_OF_HOST: secret, XDG_STATE_HOME: join(home.dir, 'dry-state') };
    const outcome = await home.run([...what, '--runtime', runtime, '--', 'true'], { env });
    expect(outcome.stdout + outcome.stderr).not.toContain(secret);
    expect({ calls: engineCalls(), state: existsSync(join(home.dir, 'dry-state')) }).toEqual({
      calls: '',
      state: false,
    });
    return outcome;
  }

  test.each([...planned])(
    '%s: --dry-run prints every step, possible here or not, and executes none',
    async (runtime) => {
      const { code, stdout, stderr } = await plan(runtime);
      expect({ code, stderr }).toMatchObject({ code: 0 });
      const steps = JSON.parse(stdout) as PlanStep[];
      expect(steps.length).toBeGreaterThan(2);
      for (const { what, call } of steps) expect([what, ...call].join('')).not.toBe('');
    },
  );

  test('--dry-run without a command and a terminal plans a start at a terminal, which the start refuses', async () => {
    const path = home.manifest({ bottles: { a: {} }, agents: { a: { bottle: 'a', agent: 'shell' } } });
    const what = [
      'start',
      'a',
      home.project('planned'),
      '--manifest',
      path,
      '--yes',
      '--runtime',
      'bubblewrap',
    ];
    expect(await home.run([...what, '--dry-run'])).toMatchObject({ code: 0, stderr: '' });
    expect(await home.run(what)).toMatchObject({ code: 2, stdout: '' });
  });

  test.each(RUNTIME_NAMES.filter((name) => !planned.has(name)))(
    '--dry-run says that it is not there yet: %s',
    async (runtime) => {
      expect(await plan(runtime)).toMatchObject({
        code: 6,
        stderr: expect.stringContaining(runtime) as string,
      });
    },
  );
});
