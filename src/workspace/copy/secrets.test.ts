import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { secretContent, secretKind } from './secrets.ts';

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
    ['prod.env', ''],
    ['.env~', ''],
    ['.env.bak', ''],
    ['#.env#', ''],
    ['.env-production', ''],
    ['.dev.vars', ''],
    ['.envs/.production/.django', ''],
    ['env.local', ''],
    ['deploy/env.prod', ''],
    ['.flaskenv', ''],
    ['.sentryclirc', ''],
    ['.vault_pass', ''],
    ['vault-password.txt', ''],
    ['infra/prod.tfvars', ''],
    ['.streamlit/secrets.toml', ''],
    ['config/secrets.yml', ''],
    ['kubeconfig.yaml', ''],
    ['prod-kubeconfig', ''],
    ['deploy/id_ed25519.old', ''],
    ['.codex/auth.json', '{"OPENAI_API_KEY": null}'],
  ])('a secret name is %s', (path, head) => {
    expect(secretKind(path, () => head)).toBeTypeOf('string');
  });
});

describe('no secret', () => {
  test.each([
    ['.env.example', ''],
    ['.env.sample', ''],
    ['src/env.ts', ''],
    ['.envs/.production/.django.example', ''],
    ['src/env.local.ts', ''],
    ['src/env.d.ts', ''],
    ['docs/kubeconfig.md', ''],
    ['infra/prod.example.tfvars', ''],
    ['src/secrets.ts', ''],
    ['docs/secrets.md', ''],
    ['src/.environment', ''],
    ['id_rsa.pub', ''],
    ['tls/ca.pem', '-----BEGIN CERTIFICATE-----'],
    ['i18n/en.key', 'hello'],
    ['.npmrc', 'engine-strict=true\nfund=false'],
    ['src/tokens.json', '{"color": "red"}'],
    ['.docker/config.json', '{"credsStore": "x"}'],
    ['keyboard.ts', KEY],
  ])('a name of no secret is %s', (path, head) => {
    expect(secretKind(path, () => head)).toBeUndefined();
  });
});

test('a file is read only if its name does not decide', () => {
  const read = (): string => {
    throw new Error('read');
  };
  expect(secretKind('src/main.ts', read)).toBeUndefined();
  expect(secretKind('.env', read)).toBe('environment file');
});

const body = 'MC4CAQAwBQYDK2VwBCIEIKw6yJv8qQ1lq0pX8m5Nn3fX';

describe('by what is in it, under any name, a secret', () => {
  test.each([
    ['a key', `-----BEGIN PRIVATE KEY-----\n${body}\n-----END PRIVATE KEY-----\n`],
    [
      'a key with a head',
      `-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES,00\n\n${body}\n`,
    ],
    ['a key in JSON', String.raw`{"k": "-----BEGIN PRIVATE KEY-----\n${body}\n"}`.replace('${body}', body)],
    ['a key of PGP', `-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n${body}\n`],
    ['a key of PuTTY', `PuTTY-User-Key-File-3: ssh-ed25519\nPrivate-Lines: 1\n${body}\n`],
    ['a JSON web key', `{"kty": "OKP", "d": "${body}"}`],
    ['a configuration of WireGuard', `[Interface]\nPrivateKey = ${'aB3'.repeat(14)}x=\n`],
    ['a service account', `{"type": "service_account", "private_key_id": "${body}"}`],
    ['a kubeconfig', `apiVersion: v1\nkind: Config\nusers:\n- user:\n    token: ${body}\n`],
    ['logins of Docker', '{"auths": {"x": {"auth": "dXNlcjpwYXNz"}}}'],
    ['a login', 'machine example.org login me password hunter22\n'],
  ])('a secret by content under any name is %s', (_, text) => {
    expect(secretContent(Buffer.from(text))).toBeTypeOf('string');
  });

  test.each([
    [
      'in DER',
      generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'der' }),
    ],
    [
      'in DER',
      generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs1', format: 'der' }),
    ],
    ['in DER', generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'der' })],
    [
      'in DER',
      generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'sec1', format: 'der' }),
    ],
  ])('a secret by content is a private key %s', (_, der) => {
    expect(secretContent(der)).toBe('private key');
  });
});

describe('by what is in it, no secret', () => {
  test.each([
    [
      'a program that looks for keys',
      "if (text.startsWith('-----BEGIN PRIVATE KEY-----')) return parse(text);\n",
    ],
    ['a public key', `-----BEGIN PUBLIC KEY-----\n${body}\n`],
    ['a certificate', `-----BEGIN CERTIFICATE-----\n${body}\n`],
    ['a deployment', `kind: Deployment\nenv:\n- name: token\n  value: ${body}\n`],
    ['a kubeconfig without a login', 'apiVersion: v1\nkind: Config\nclusters: []\n'],
  ])('content without a secret is %s', (_, text) => {
    expect(secretContent(Buffer.from(text))).toBeUndefined();
  });

  test('content without a secret is a public key in DER', () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    expect(secretContent(publicKey.export({ type: 'spki', format: 'der' }))).toBeUndefined();
  });
});
