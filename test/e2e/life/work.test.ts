import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { driverOf } from '../../../src/drivers/index.ts';
import { BUBBLEWRAP } from '../../../src/drivers/bubblewrap/rung.ts';
import { cacheDir } from '../../../src/host/paths.ts';
import { run } from '../../../src/host/run.ts';
import { commitAll } from '../../support/git.ts';
import { makeHome, ONE_OF_EACH_DRIVER, type Home } from '../../support/home.ts';

/** Files that enter a bottle, and files that come back. */

let home: Home;
let manifest: string;

beforeAll(() => {
  home = makeHome();
  manifest = home.manifest({
    bottles: { copy: {}, mount: { workspace: 'mount' }, none: { workspace: 'none' } },
    agents: {
      worker: { bottle: 'copy', agent: 'shell' },
      mounter: { bottle: 'mount', agent: 'shell' },
      loner: { bottle: 'none', agent: 'shell' },
    },
  });
});

afterAll(async () => await home.remove());

const start = async (agent: string, project: string, [runtime, script]: readonly [string, string]) => {
  const where = ['--manifest', manifest, '--yes', '--runtime', runtime];
  return await home.run(['start', agent, project, ...where, '--', 'sh', '-c', script]);
};

const newestId = async (): Promise<string> => (await home.list()).at(-1)?.id ?? '';

/** Makes a project with files that must enter a bottle and files that must not. */
async function makeProject(name: string): Promise<string> {
  const project = home.project(name, {
    'README.md': 'one\ntwo\n',
    'old.txt': 'old\n',
    'bin/tool.sh': '#!/bin/sh\n',
    '.gitignore': 'node_modules/\nlocal.log\n.env\n',
  });
  chmodSync(join(project, 'bin/tool.sh'), 0o755);
  await commitAll(project);
  return home.project(name, {
    'node_modules/dep/index.js': '',
    'local.log': '',
    '.env': 'PASSWORD=hunter2\n',
    'server.key': '-----BEGIN PRIVATE KEY-----\n',
  });
}

const read = (project: string, path: string): string => readFileSync(join(project, path), 'utf8');

describe.each(ONE_OF_EACH_DRIVER)('%s', (runtime) => {
  test('a copy excludes ignored files and secrets, and diff and apply bring the work back without running it', async () => {
    const project = await makeProject(`hostile-${runtime}`);
    const configBefore = read(project, '.git/config');
    const canary = join(home.dir, `run-by-${runtime}`);
    const outcome = await start('worker', project, [runtime, hostileWork(canary)]);
    expect(outcome).toMatchObject({ code: 0, stdout: '.git .gitignore README.md bin old.txt \n' });
    for (const name of ['.env', 'server.key', 'node_modules', 'local.log'])
      expect(outcome.stderr).toContain(name);
    expect(read(project, 'README.md')).toBe('one\ntwo\n');

    const id = await newestId();
    const work = join(home.bottlesDir, id, 'work');
    await run('git', ['-c', 'safe.directory=*', '-C', work, 'diff', 'HEAD~1']);
    expect(existsSync(canary)).toBe(true); // the traps work: an ordinary git triggers them
    rmSync(canary);

    const diff = await home.run(['diff', id]);
    expect(diff.code).toBe(0);
    for (const line of ['+three', '-old', '+made', '+* diff=evil filter=evil'])
      expect(diff.stdout).toContain(`\n${line}\n`);
    expect(await home.run(['rm', id])).toMatchObject({ code: 4 });
    expect(await home.run(['apply', id])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--executable') as string,
    });
    expect(read(project, 'README.md')).toBe('one\ntwo\n');

    const applied = await home.run(['apply', id, '--executable', '--json']);
    expect(applied.code).toBe(0);
    expect(JSON.parse(applied.stdout)).toMatchObject({
      written: ['README.md', '.gitattributes', 'new/deep/tool.sh'],
      deleted: ['old.txt'],
      staysInBottle: [{ path: 'stolen' }],
    });
    expect(read(project, 'README.md')).toBe('one\ntwo\nthree\n');
    expect(existsSync(join(project, 'old.txt'))).toBe(false);
    const { uid, mode } = statSync(join(project, 'new/deep/tool.sh'));
    expect({ uid, isExecutable: (mode & 0o100) !== 0 }).toEqual({
      uid: process.getuid?.(),
      isExecutable: true,
    });
    for (const name of ['stolen', 'pipe', '.git/hooks/pre-commit'])
      expect(existsSync(join(project, name))).toBe(false);
    expect(read(project, '.git/config')).toBe(configBefore);
    expect(read(project, '.env')).toBe('PASSWORD=hunter2\n');
    expect(existsSync(canary)).toBe(false);
  });
});

/**
 * Real work, and every way in which a repository makes git or the shell run something; the file `canary` shows that one
 * ran.
 */
function hostileWork(canary: string): string {
  return String.raw`
    ls -A | tr '\n' ' '; echo
    echo three >> README.md; rm old.txt; mkdir -p new/deep; echo made > new/deep/tool.sh; chmod +x new/deep/tool.sh
    ln -s /etc/passwd stolen; mkfifo pipe
    echo '* diff=evil filter=evil' > .gitattributes
    git add README.md && git commit --quiet -m 'Work of an agent'
    trap="touch ${canary}; cat"
    for key in core.fsmonitor core.pager diff.external diff.evil.textconv diff.evil.command filter.evil.clean \
      filter.evil.smudge filter.evil.process core.sshCommand gpg.program core.editor credential.helper; do
      git config $key "$trap"
    done
    git config core.hooksPath .git/hooks; mkdir -p .git/hooks
    for hook in pre-commit post-checkout post-index-change reference-transaction post-applypatch fsmonitor-watchman; do
      printf '#!/bin/sh\n%s\n' "$trap" > .git/hooks/$hook; chmod +x .git/hooks/$hook
    done`;
}

test('files that the manifest names come back only with separate consent, by any name', async () => {
  const agents = JSON.stringify({
    bottles: { box: {} },
    agents: { worker: { bottle: 'box', agent: 'shell' } },
  });
  const project = home.project('named', { 'ci/agents.yaml': agents });
  const where = ['--manifest', join(project, 'ci/agents.yaml'), '--yes', '--runtime', 'bubblewrap'];
  const script = 'echo "# more" >> ci/agents.yaml';
  expect(await home.run(['start', 'worker', project, ...where, '--', 'sh', '-c', script])).toMatchObject({
    code: 0,
  });
  const id = await newestId();
  expect(await home.run(['apply', id])).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/it says what bot-bottle grants \(1\):\n.*ci\/agents\.yaml/) as string,
  });
  expect(read(project, 'ci/agents.yaml')).toBe(agents);
  expect(await home.run(['apply', id, '--executable'])).toMatchObject({ code: 0 });
  expect(read(project, 'ci/agents.yaml')).toBe(`${agents}# more\n`);
});

test('apply writes nothing where the project changed too, and rm removes a bottle whose work was applied', async () => {
  const project = await makeProject('conflict');
  await start('worker', project, ['bubblewrap', 'echo agent >> README.md; echo new > new.txt']);
  const id = await newestId();
  appendFileSync(join(project, 'README.md'), 'mine\n');
  expect(await home.run(['apply', id])).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('README.md') as string,
  });
  expect(existsSync(join(project, 'new.txt'))).toBe(false);

  writeFileSync(join(project, 'README.md'), 'one\ntwo\n');
  await home.must(['apply', id]);
  expect(read(project, 'README.md')).toBe('one\ntwo\nagent\n');
  await home.must(['rm', id]);
  expect((await home.list()).map((row) => row.id)).not.toContain(id);
});

test('workspace: mount is the project itself, and none is none', async () => {
  const project = home.project('mounted', { 'a.txt': 'a\n' });
  const { uid, gid } = driverOf(BUBBLEWRAP).fileOwner(BUBBLEWRAP);
  await run('chown', ['--recursive', `${uid}:${gid}`, project]);
  expect(await start('mounter', project, ['bubblewrap', 'pwd; cat a.txt > b.txt'])).toMatchObject({
    code: 0,
    stdout: '/work\n',
  });
  expect(read(project, 'b.txt')).toBe('a\n');
  expect(await home.run(['apply', 'mounter'])).toMatchObject({ code: 2 });

  const alone = await start('loner', project, [
    'bubblewrap',
    'pwd; ls -A /work 2>&1; find / -name a.txt 2>/dev/null',
  ]);
  expect(alone.stdout).toMatch(/^\/home\/agent\n.*\n$/);
});

describe('settings that reach the agent', () => {
  const script = [
    'echo "prompt=$1"; echo "file=$(cat ~/TASK.md)"; cat ~/.skills/review/SKILL.md',
    'echo "$GREETING, $TICKET, $TZ, $LANG"; git var GIT_AUTHOR_IDENT',
    'echo x 2>/dev/null > ~/.skills/review/SKILL.md || echo read-only',
    'id -un; echo "$HOME"; pwd',
  ].join('; ');

  test.each(ONE_OF_EACH_DRIVER)(
    '%s: prompt, environment, locale, identity and skills reach the agent, and the receipt lists its parts',
    async (runtime) => {
      const user = home.project('user', {
        '.gitconfig': '[user]\n  name = Ann Other\n  email = ann@example.org\n',
      });
      const project = home.project('arrivals', { 'task.txt': 'Do it well.\n', 'a.txt': '' });
      mkdirSync(join(home.dir, 'config/bot-bottle/skills/review'), { recursive: true });
      writeFileSync(join(home.dir, 'config/bot-bottle/skills/review/SKILL.md'), 'How to review.\n');
      const agent = {
        bottle: 'dev',
        agent: 'custom',
        prompt: 'instructions.md',
        promptPath: '~/TASK.md',
        skillsPath: '~/.skills',
      };
      home.project('manifests', { 'instructions.md': 'You are careful.\n' });
      const path = home.manifest({
        bottles: {
          dev: {
            skills: ['review'],
            env: { GREETING: 'hello ${GREETED}', TICKET: '?Which ticket', TZ: 'UTC' },
          },
        },
        agents: { teller: { ...agent, command: ['true'], headless: ['sh', '-c', script, 'sh', '{prompt}'] } },
      });
      const given = ['--set', 'TICKET=ABC-1', '--prompt-file', join(project, 'task.txt')];
      const env = { HOME: user, XDG_CACHE_HOME: join(cacheDir(), '..'), GREETED: 'world' };
      const call = ['start', 'teller', project, '--manifest', path, '--yes', '--runtime', runtime, ...given];
      const { code, stdout, stderr } = await home.run(call, { env });
      expect({ code, stderr }).toMatchObject({ code: 0 });
      const both = 'You are careful.\n\n\nDo it well.\n';
      expect(stdout.split(`prompt=${both}`)).toHaveLength(2);
      expect(stdout).toContain('file=You are careful.');
      expect(stdout).toContain(
        'How to review.\nhello world, ABC-1, UTC, C.UTF-8\nAnn Other <ann@example.org> ',
      );
      expect(stdout).toMatch(/\nread-only\nagent\n\/home\/agent\n\/work\n$/);

      const id = await newestId();
      const digest = expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string;
      const receipt = home.receipt(id);
      expect(receipt).toMatchObject({
        version: 1,
        id,
        agent: 'teller',
        bottle: 'dev',
        manifestDigest: digest,
        gatewayDigest: digest,
        rung: { runtime },
        skills: [{ name: 'review', digest }],
        policy: { allow: [], deny: [] },
      });
      expect(receipt.imageDigest).not.toBe('');
      expect(Object.keys(receipt.evidence).length).toBeGreaterThan(2);
      expect(receipt.launchChecks.length).toBeGreaterThan(2);
      expect(Date.parse(receipt.times.runningAt)).toBeGreaterThanOrEqual(Date.parse(receipt.times.startedAt));
      expect(JSON.stringify(receipt)).not.toContain('world');
      expect(JSON.stringify(home.record(id))).not.toContain('world');
    },
  );
});
