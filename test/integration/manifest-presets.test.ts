import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { run } from '../../src/host/run.ts';
import { askPresets, readPresets } from '../../src/manifest/presets.ts';

/** The real clients, with our configurations. */

let folder: string;
const before = { ...process.env };
const cwdBefore = process.cwd();
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'presets-'));
});
// Removes the variables that npm sets if it runs this, as in `npm test`.
beforeEach(() => {
  delete process.env['npm_config_user_agent'];
  delete process.env['npm_config_registry'];
});
afterEach(() => {
  process.chdir(cwdBefore);
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  Object.assign(process.env, before);
  rmSync(folder, { recursive: true });
});

test('npm: reads the registry of its configuration, and those of scopes', async () => {
  const npmrc = join(folder, 'npmrc');
  writeFileSync(
    npmrc,
    'registry=http://mirror.corp.example:8081/npm/\n@corp:registry=https://npm.corp.example/\n',
  );
  process.env['NPM_CONFIG_USERCONFIG'] = npmrc;
  const presets = await readPresets(['npm']);
  expect(presets.get('npm')?.toSorted((a, b) => a.port - b.port)).toEqual([
    { host: 'npm.corp.example', port: 443, scheme: 'https' },
    { host: 'mirror.corp.example', port: 8081, scheme: 'http' },
  ]);
});

test('npm: reports a protected registry as an error instead of leaving it out', async () => {
  writeFileSync(
    join(folder, 'npmrc'),
    'registry=http://me:s3cret@mirror.corp.example/\n@corp:registry=https://npm.corp.example/\n',
  );
  process.env['NPM_CONFIG_USERCONFIG'] = join(folder, 'npmrc');
  await expect(readPresets(['npm'])).rejects.toMatchObject({
    code: 'dependencyMissing',
    message: 'the preset npm cannot be read: npm does not say what its registry is',
  });
});

test('npm: a project file cannot add a registry', async () => {
  const usual = await readPresets(['npm']);
  mkdirSync(join(folder, 'project'));
  writeFileSync(
    join(folder, 'project/.npmrc'),
    'registry=https://evil.example/\n@x:registry=https://evil.example/\n',
  );
  writeFileSync(join(folder, 'project/package.json'), '{}');
  process.chdir(join(folder, 'project'));
  expect((await run('npm', ['config', 'list', '--json'])).stdout).toContain('evil.example');
  expect(await readPresets(['npm'])).toEqual(usual);
});

test('npm: a project cannot add a registry through the variables that npm sets', async () => {
  process.env['npm_config_registry'] = 'https://evil.example/';
  expect(JSON.stringify([...(await readPresets(['npm']))])).toContain('evil.example');
  // As `npm exec` and `npm run` set it.
  process.env['npm_config_user_agent'] = 'npm/11.0.0 node/v22.0.0 linux x64 workspaces/false';
  expect(JSON.stringify([...(await readPresets(['npm']))])).not.toContain('evil.example');
});

test('cargo: refuses a home folder that differs between readers', async () => {
  process.env['CARGO_HOME'] = '.cargo';
  await expect(readPresets(['cargo'])).rejects.toMatchObject({
    code: 'dependencyMissing',
    message: expect.stringContaining('CARGO_HOME is .cargo, which is no full path') as string,
  });
});

test('gem: a project file cannot add a mirror', async () => {
  const usual = await readPresets(['gem']);
  mkdirSync(join(folder, 'project/.bundle'), { recursive: true });
  const mirror = 'BUNDLE_MIRROR__HTTPS://GEMS__EXAMPLE/: "https://evil.example/"';
  writeFileSync(join(folder, 'project/.bundle/config'), `---\n${mirror}\n`);
  process.chdir(join(folder, 'project'));
  expect((await run('bundle', ['config', 'list', '--parseable'])).stdout).toContain('evil.example');
  expect(await readPresets(['gem'])).toEqual(usual);
});

test('maven: a project file cannot add a mirror', async () => {
  const mirror = '<mirror><id>evil</id><mirrorOf>*</mirrorOf><url>https://evil.example/</url></mirror>';
  mkdirSync(join(folder, 'project/.mvn'), { recursive: true });
  const settings = join(folder, 'project/settings.xml');
  writeFileSync(settings, `<settings><mirrors>${mirror}</mirrors></settings>`);
  writeFileSync(join(folder, 'project/.mvn/maven.config'), `--settings\n${settings}\n`);
  const pom = '<project><modelVersion>4.0.0</modelVersion><groupId>a</groupId><artifactId>a</artifactId>';
  writeFileSync(
    join(folder, 'project/pom.xml'),
    `${pom}<version>1</version><packaging>pom</packaging></project>`,
  );
  process.chdir(join(folder, 'project'));
  expect((await run('mvn', ['-X', '-o', 'validate'])).stdout).toContain('evil (https://evil.example/');
  expect(JSON.stringify((await readPresets(['maven'])).get('maven'))).not.toContain('evil.example');
}, 60_000);

test('apt: reads the hosts of its sources, without local folders', async () => {
  mkdirSync(join(folder, 'parts'));
  writeFileSync(
    join(folder, 'sources.list'),
    [
      'deb [trusted=yes] http://mirror.corp.example:3142/debian stable main',
      'deb [trusted=yes] https://me:s3cret@other.corp.example/debian stable main',
      'deb [trusted=yes] file:/usr/share/packages ./',
      '',
    ].join('\n'),
  );
  writeFileSync(
    join(folder, 'apt.conf'),
    `Dir::Etc::sourcelist "${folder}/sources.list";\nDir::Etc::sourceparts "${folder}/parts";\n`,
  );
  process.env['APT_CONFIG'] = join(folder, 'apt.conf');
  expect((await readPresets(['apt'])).get('apt')?.toSorted((a, b) => b.port - a.port)).toEqual([
    { host: 'mirror.corp.example', port: 3142, scheme: 'http' },
    { host: 'other.corp.example', port: 443, scheme: 'https' },
  ]);
});

test('a client that is not installed is an error that says what to install or to write', async () => {
  process.env['PATH'] = folder;
  await expect(readPresets(['npm'])).rejects.toMatchObject({
    code: 'dependencyMissing',
    message: 'the preset npm cannot be read: npm is not installed on this host',
  });
});

test('a client that fails is an error with its message', async () => {
  const sources = join(folder, 'sources.list');
  writeFileSync(sources, 'nonsense\n');
  writeFileSync(join(folder, 'apt.conf'), `Dir::Etc::sourcelist "${sources}";\n`);
  process.env['APT_CONFIG'] = join(folder, 'apt.conf');
  await expect(readPresets(['apt'])).rejects.toMatchObject({
    code: 'dependencyMissing',
    message: expect.stringContaining('`apt-get update --print-uris` failed: ') as string,
  });
});

test("clients in a bottle are configured with the host's own registries", async () => {
  const [npm, pip] = ['https://npm.corp.example/', 'https://pip.corp.example/simple'];
  process.env['NPM_CONFIG_REGISTRY'] = npm;
  writeFileSync(join(folder, 'pip.conf'), `[global]\nindex-url = ${pip}\n`);
  process.env['PIP_CONFIG_FILE'] = join(folder, 'pip.conf');
  delete process.env['PIP_INDEX_URL'];
  const presets = await askPresets(['npm', 'pip']);
  const proxy = { host: '127.0.0.1', port: 1 };
  expect(presets.get('npm')?.settings(proxy).env).toEqual({
    NPM_CONFIG_REGISTRY: npm,
    YARN_NPM_REGISTRY_SERVER: npm,
  });
  expect(presets.get('pip')?.settings(proxy).env).toMatchObject({
    PIP_INDEX_URL: pip,
    UV_DEFAULT_INDEX: pip,
  });
});
