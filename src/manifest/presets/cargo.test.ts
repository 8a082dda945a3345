import { describe, expect, test } from 'vitest';
import { cargoAnswer, cargoConfig } from './cargo.ts';

const PROXY = { host: '127.0.0.1', port: 1 };
const fetched = (folder: string, dl: string) => ({ folder, text: JSON.stringify({ dl }) });

describe('the preset cargo opens', () => {
  test("the preset cargo opens cargo's built-in index and its downloads", () => {
    const { urls } = cargoAnswer(cargoConfig(''), [
      fetched('index.example-6f17d22bba15001f', 'https://static.example/crates'),
    ]);
    expect(urls).toEqual(['https://index.example/', 'https://static.example/crates']);
  });

  test('the preset cargo opens configured registries, with their ports and schemes', () => {
    const config = cargoConfig('[registries.corp]\nindex = "sparse+http://corp.example:8081/index/"\n');
    expect(
      cargoAnswer(config, [fetched('corp.example-0f', 'http://corp.example:8081/{crate}')]).urls,
    ).toEqual(['http://corp.example:8081/index/', 'http://corp.example:8081/{crate}']);
  });

  test('the preset cargo opens no registry with a git index, which needs POST', () => {
    expect(() => cargoConfig('[registries.corp]\nindex = "https://corp.example/index.git"\n')).toThrow(
      'https://corp.example/index.git is no sparse index',
    );
  });

  test('the preset cargo opens no registry without a place for downloads', () => {
    const nowhere = fetched('index.example-0f', 'nowhere');
    expect(() => cargoAnswer(cargoConfig(''), [nowhere])).toThrow('names no downloads');
  });
});

describe('cargo in a bottle', () => {
  const fileOf = (text: string) =>
    cargoAnswer(cargoConfig(text), []).settings?.(PROXY).homeFiles?.['.cargo/config.toml'];

  test('cargo in a bottle gets registries and replacements, without logins, tokens and programs', () => {
    const file = fileOf(`
[registries.corp]
index = "sparse+https://me:s3cret@corp.example/index/"
token = "s3cret"
credential-provider = "cargo:token-from-stdout s3cret"
[source.crates-io]
replace-with = "mirror"
[source.mirror]
registry = "sparse+https://me:s3cret@mirror.example/"
[build]
rustc-wrapper = "s3cret"
`);
    expect(file).not.toContain('s3cret');
    expect(cargoConfig(file ?? '').registries).toEqual(
      new Map([['corp', 'sparse+https://corp.example/index/']]),
    );
    expect(file).toContain('replace-with = "mirror"');
    expect(file).toContain('registry = "sparse+https://mirror.example/"');
  });

  test('cargo in a bottle gets no source in a folder or in git, and no replacement by one', () => {
    const file = fileOf(`
[source.vend]
directory = "/srv/vendor"
[source.other]
registry = "sparse+https://other.example/"
replace-with = "code"
[source.code]
git = "https://git.example/code"
`);
    expect(file).toBe('[source.other]\nregistry = "sparse+https://other.example/"\n');
  });

  test('cargo in a bottle gets no file where no registry is configured', () => {
    expect(fileOf('[build]\njobs = 2\n')).toBeUndefined();
  });

  test('cargo in a bottle does not get a folder of this host', () => {
    const text = '[source.crates-io]\nreplace-with = "x"\n[source.x]\ndirectory = "/srv"\n';
    expect(cargoConfig(text).isReplacedByFolder).toBe(true);
    expect(fileOf(text)).toBeUndefined();
  });
});
