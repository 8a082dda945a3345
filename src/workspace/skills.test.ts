import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { bringSkillsIn } from './skills.ts';

let project: string;
let skillPath: string;
const bring = async (to = 'out') =>
  await bringSkillsIn([{ name: 'review', manifestDir: project, origin: 'project' }], join(project, to));

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'skills-'));
  skillPath = join(project, '.bot-bottle', 'skills', 'review');
  mkdirSync(join(skillPath, 'scripts'), { recursive: true });
  writeFileSync(join(skillPath, 'SKILL.md'), 'look twice');
  writeFileSync(join(skillPath, 'scripts', 'run.sh'), 'echo');
});

test('a skill is copied whole, and the same skill has the same digest', async () => {
  const [first] = await bring('one');
  const [second] = await bring('two');
  expect(readFileSync(join(project, 'one', 'review', 'scripts', 'run.sh'), 'utf8')).toBe('echo');
  expect(first).toEqual(second);
});

test.each([
  ['a content', () => writeFileSync(join(skillPath, 'SKILL.md'), 'look away')],
  ['a mode', () => chmodSync(join(skillPath, 'scripts', 'run.sh'), 0o755)],
  ['a file', () => writeFileSync(join(skillPath, 'more.md'), '')],
])("a change of %s changes the skill's digest", async (_what, change) => {
  const [before] = await bring('one');
  change();
  expect((await bring('two'))[0]?.digest).not.toBe(before?.digest);
});

test('a link in a skill is refused, because it could show any file of the host', async () => {
  symlinkSync('/etc/passwd', join(skillPath, 'passwd'));
  await expect(bring()).rejects.toMatchObject({ code: 'manifest' });
});

test('a link that replaces a file during the copy is not followed', async () => {
  // The first file is large, so there is time to replace the last one with a link.
  writeFileSync(join(skillPath, 'a-large'), Buffer.alloc(32 * 1024 ** 2));
  const last = join(skillPath, 'z-last');
  writeFileSync(last, 'plain');
  const bringing = bring();
  bringing.catch(() => undefined);
  await vi.waitFor(() => expect(existsSync(join(project, 'out', 'review'))).toBe(true), { interval: 0 });
  rmSync(last);
  symlinkSync('/etc/passwd', last);
  const outcome = await bringing.then(
    () => readFileSync(join(project, 'out', 'review', 'z-last'), 'utf8'),
    ({ code }: { code: string }) => code,
  );
  expect(outcome).toBe('manifest');
});

test('a skill that is itself a link, or lies behind one, is not found', async () => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'skills-elsewhere-'));
  mkdirSync(join(elsewhere, 'skills', 'review'), { recursive: true });
  writeFileSync(join(elsewhere, 'skills', 'review', 'id_rsa'), 'secret');
  project = mkdtempSync(join(tmpdir(), 'skills-'));
  symlinkSync(elsewhere, join(project, '.bot-bottle'));
  await expect(bring()).rejects.toMatchObject({ code: 'manifest' });
});
