import { describe, expect, test } from 'vitest';
import { secretKind } from './secrets.ts';

const KEY = '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA';

describe('a secret', () => {
  test.each([
    ['.env', ''],
    ['apps/web/.env.local', ''],
    ['.ENV', ''],
    ['.envrc', ''],
    ['deploy/id_ed25519', ''],
    ['home/.ssh/config', ''],
    ['tls/server.key', KEY],
    ['tls/server.pem', '-----BEGIN RSA PRIVATE KEY-----'],
    ['tls/bundle.crt', '-----BEGIN CERTIFICATE-----\n...\n-----BEGIN PRIVATE KEY-----'],
    ['upload.keystore', ''],
    ['config/master.key', ''],
    ['.npmrc', '//registry.example.org/:_authToken=npm_x'],
    ['pip.conf', 'index-url = https://user:pass@pypi.example.org/simple'],
    ['.netrc', ''],
    ['.aws/credentials', ''],
    ['ci/gcp-service-account.json', '{"private_key": "..."}'],
    ['.kube/config', ''],
    ['.docker/config.json', '{"auths": {"x": {"auth": "..."}}}'],
    ['infra/terraform.tfstate', ''],
    ['.codex/auth.json', '{"OPENAI_API_KEY": null}'],
  ])('is %s', (path, head) => {
    expect(secretKind(path, () => head)).toBeTypeOf('string');
  });
});

describe('no secret', () => {
  test.each([
    ['.env.example', ''],
    ['.env.sample', ''],
    ['src/env.ts', ''],
    ['src/.environment', ''],
    ['id_rsa.pub', ''],
    ['tls/ca.pem', '-----BEGIN CERTIFICATE-----'],
    ['i18n/en.key', 'hello'],
    ['.npmrc', 'engine-strict=true\nfund=false'],
    ['src/tokens.json', '{"color": "red"}'],
    ['.docker/config.json', '{"credsStore": "x"}'],
    ['keyboard.ts', KEY],
  ])('is %s', (path, head) => {
    expect(secretKind(path, () => head)).toBeUndefined();
  });
});

test('a file is only read where its name leaves it open', () => {
  const read = (): string => {
    throw new Error('read');
  };
  expect(secretKind('src/main.ts', read)).toBeUndefined();
  expect(secretKind('.env', read)).toBe('environment file');
});
