import { describe, expect, test } from 'vitest';
import {
  npmAnswer,
  denoAnswer,
  composerAnswer,
  hexAnswer,
  nugetAnswer,
  DOCKER,
  dockerAnswer,
  apkUrls,
  aptUrls,
} from './table.ts';

const CONFIG = {
  registry: 'https://me:s3cret@npm.example/',
  '@corp:registry': 'https://corp.example/',
  cache: '/srv',
};

test('the preset npm opens the registry and those of scopes', () => {
  expect(npmAnswer(JSON.stringify(CONFIG)).urls).toEqual([CONFIG.registry, CONFIG['@corp:registry']]);
});

test('npm in a bottle asks the same registry, without its login', () => {
  expect(npmAnswer(JSON.stringify(CONFIG)).settings?.({ host: '127.0.0.1', port: 1 }).env).toEqual({
    NPM_CONFIG_REGISTRY: 'https://npm.example/',
    YARN_NPM_REGISTRY_SERVER: 'https://npm.example/',
  });
});

test('the preset npm fails if npm does not print its registry', () => {
  expect(() => npmAnswer('{}')).toThrow('npm does not say what its registry is');
});

/** Output of Deno 2. */
const said = (url: string): string => `Download ${url}\nerror: Import '${url}' failed.\n`;

test('the preset deno opens the registries for JSR and npm, and Deno in a bottle uses them', () => {
  const jsr = said('https://jsr.example/@bot-bottle/none/meta.json');
  const { urls, settings } = denoAnswer(jsr, said('https://me:s3cret@npm.example/sub/@bot-bottle%2fnone'));
  expect(urls.map((url) => new URL(url).host)).toEqual(['jsr.example', 'npm.example']);
  expect(settings?.({ host: '127.0.0.1', port: 1 }).env).toEqual({
    JSR_URL: 'https://jsr.example/',
    NPM_CONFIG_REGISTRY: 'https://npm.example/sub/',
  });
});

test('the preset deno fails if Deno names no URL', () => {
  expect(() => denoAnswer('error: something else', '')).toThrow('does not say where it asks');
});

/** Output of Composer 2.8, with a repository of each kind. */
const SAID = JSON.stringify({
  'default.example': { type: 'composer', url: 'https://repo.default.example' },
  corp: {
    type: 'composer',
    url: 'https://me:s3cret@corp.example',
    options: { http: { header: ['s3cret'] } },
  },
  git: { type: 'vcs', url: 'https://git.example/app' },
  'off.example': false,
});

test('the preset composer opens the repositories of packages, none of code', () => {
  expect(composerAnswer(SAID).urls).toEqual([
    'https://repo.default.example',
    'https://me:s3cret@corp.example',
  ]);
});

test('a Composer repository that is disabled in a list stays disabled in a bottle', () => {
  const said = JSON.stringify([
    { 'off.example': false },
    { type: 'composer', url: 'https://a.example', canonical: false },
  ]);
  const { homeFiles } = composerAnswer(said).settings?.({ host: '127.0.0.1', port: 1 }) ?? {};
  expect(JSON.parse(homeFiles?.['.config/composer/config.json'] ?? '')).toEqual({
    repositories: { 'off.example': false, 1: { type: 'composer', url: 'https://a.example/' } },
  });
});

test('Composer in a bottle asks the same repositories, without logins and options', () => {
  const { homeFiles } = composerAnswer(SAID).settings?.({ host: '127.0.0.1', port: 1 }) ?? {};
  expect(JSON.parse(homeFiles?.['.config/composer/config.json'] ?? '')).toEqual({
    repositories: {
      'default.example': { type: 'composer', url: 'https://repo.default.example/' },
      corp: { type: 'composer', url: 'https://corp.example/' },
      'off.example': false,
    },
  });
});

/** Output of Hex 2.0. */
const LIST =
  'Name   URL                  Public key       Auth key  \nhexpm  https://hex.example  SHA256:O1LOYhHF            \n';

test('the preset hex opens the repositories', () => {
  const { urls, settings } = hexAnswer(LIST, '** (Mix) Config does not contain a key mirror_url\n');
  expect([urls, settings?.({ host: '127.0.0.1', port: 1 })]).toEqual([['https://hex.example'], { env: {} }]);
});

test('the preset hex opens a mirror too, and Hex in a bottle uses it without its login', () => {
  const { urls, settings } = hexAnswer(LIST, 'mirror_url: "https://me:s3cret@mirror.example/" (env var)\n');
  expect(urls).toContain('https://me:s3cret@mirror.example/');
  expect(settings?.({ host: '127.0.0.1', port: 1 }).env).toEqual({ HEX_MIRROR: 'https://mirror.example' });
});

describe('nuget', () => {
  /** Format: https://learn.microsoft.com/dotnet/core/tools/dotnet-nuget-list-source. */
  const SAID = [
    'E https://nuget.example/v3/index.json',
    'EM https://me:s3cret@corp.example/nuget/a&b?sig=s3cret',
    'D https://off.example/v3/index.json',
    'E /srv/packages',
    '',
  ].join('\n');

  test('the preset nuget opens the sources that are switched on', () => {
    expect(nugetAnswer(SAID).urls).toEqual([
      'https://nuget.example/v3/index.json',
      'https://me:s3cret@corp.example/nuget/a&b?sig=s3cret',
    ]);
  });

  test('NuGet in a bottle asks these sources alone, without logins', () => {
    const { homeFiles } = nugetAnswer(SAID).settings?.({ host: '127.0.0.1', port: 1 }) ?? {};
    const file = homeFiles?.['.nuget/NuGet/NuGet.Config'] ?? '';
    expect(file).toContain(
      '<clear /><add key="source0" value="https://nuget.example/v3/index.json" protocolVersion="3" />' +
        '<add key="source1" value="https://corp.example/nuget/a&#38;b" /></packageSources>',
    );
  });
});

describe('docker', () => {
  const said = (indexes: object): string => JSON.stringify({ IndexConfigs: indexes });

  test('the preset docker opens mirrors and registries of the configuration, for images by digest', () => {
    const { urls } = dockerAnswer(
      said({
        'hub.example': { Official: true, Mirrors: ['https://mirror.corp.example/'] },
        'registry.corp.example:5000': { Official: false, Mirrors: null },
      }),
    );
    expect(urls).toEqual(['https://mirror.corp.example/', 'https://registry.corp.example:5000/']);
    expect(DOCKER.paths).toContain('/v2/**/blobs/sha256:*');
  });

  test('the preset docker fails without a configured registry', () => {
    expect(() => dockerAnswer(said({ 'hub.example': { Official: true, Mirrors: [] } }))).toThrow('no mirror');
  });
});

test("apk: each line's URL is read, also behind a tag, without comments and folders", () => {
  const text =
    '/media/cdrom/apks\nhttps://a.example/main\n@edge http://b.example/edge\n # https://c.example\n';
  expect(apkUrls(text)).toEqual(['https://a.example/main', 'http://b.example/edge']);
});

test('apt: the URL of each file that an update would fetch is read', () => {
  const said = "'http://a.example/debian/dists/x/InRelease' a_InRelease 0 \n'file:/srv/./InRelease' srv 0 \n";
  expect(aptUrls(said)).toEqual(['http://a.example/debian/dists/x/InRelease', 'file:/srv/./InRelease']);
});
