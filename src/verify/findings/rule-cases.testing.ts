import { allow, bearer, type Case } from './cases.testing.ts';
import { REGISTRY } from './subject.testing.ts';

/** Cases about rules: which hosts a bottle may contact, and with which identity. */

export const RULE_CASES: readonly Case[] = [
  {
    id: 'paste-host',
    severity: 'high',
    has: allow({ host: 'pastebin.com' }),
    not: allow({ host: 'pastebin.com', methods: ['GET'] }),
  },
  {
    id: 'paste-host',
    severity: 'high',
    has: allow({ host: 'api.github.com' }),
    not: allow({ host: 'api.github.com', paths: ['/repos/acme/app/**'] }),
  },
  {
    id: 'upload-host',
    severity: 'high',
    has: allow({ host: 'storage.googleapis.com' }),
    not: allow({ host: 'storage.googleapis.com', paths: ['/our-bucket/**'] }),
  },
  {
    id: 'webhook-host',
    severity: 'high',
    has: allow({ host: 'hooks.slack.com', methods: ['POST'] }),
    not: allow({ host: 'hooks.slack.com', methods: ['POST'], paths: ['/services/T0/B0/ours'] }),
  },
  {
    id: 'request-bin',
    severity: 'high',
    has: allow({ host: 'webhook.site', methods: ['GET'] }),
    not: { bottle: { egress: { allow: [{ host: 'webhook.site' }], deny: [{ host: 'webhook.site' }] } } },
  },
  {
    id: 'telemetry-host',
    severity: 'medium',
    has: allow({ host: '*.ingest.sentry.io', methods: ['POST'] }),
    not: allow({ host: 'docs.sentry.io', methods: ['POST'] }),
  },
  {
    id: 'resolver-host',
    severity: 'high',
    has: allow({ host: 'dns.google' }),
    not: allow({ host: 'dns.google', paths: ['/about'] }),
  },
  {
    id: 'relay-host',
    severity: 'high',
    has: allow({ host: 'r.jina.ai' }),
    not: allow({ host: 'r.jina.ai', paths: ['/docs.example.org/**'] }),
  },
  {
    id: 'upload-host',
    severity: 'high',
    has: allow({ host: 'transfer.sh' }),
    not: allow({ host: 'transfer.sh', addresses: ['10.1.2.3'] }),
  },
  {
    id: 'wildcard-shared',
    severity: 'high',
    has: allow({ host: '*.sharepoint.com' }),
    not: allow({ host: 'acme.sharepoint.com' }),
  },
  {
    id: 'wildcard',
    severity: 'medium',
    has: allow({ host: '*.example.org' }),
    not: allow({ host: 'example.org' }),
  },
  {
    id: 'wildcard',
    severity: 'low',
    has: allow({ host: '*.example.org', methods: ['GET'] }),
    not: { bottle: { egress: { allow: [{ host: '*.example.org' }], deny: [{ host: '*.example.org' }] } } },
  },
  {
    id: 'registry-publish',
    severity: 'medium',
    has: allow({ preset: 'npm', methods: ['GET', 'PUT'] }),
    not: allow({ preset: 'npm' }),
  },
  {
    id: 'registry-publish',
    severity: 'high',
    has: allow({ host: REGISTRY.host, inject: 'npm' }),
    not: allow({ host: 'other.corp.example', inject: 'npm' }),
  },
  {
    id: 'address-as-host',
    severity: 'low',
    has: allow({ host: '203.0.113.7' }),
    not: allow({ host: 'name.example.org', addresses: ['203.0.113.7'] }),
  },
  {
    id: 'open-host',
    severity: 'info',
    has: allow({ host: 'api.example.org' }),
    not: allow({ host: 'api.example.org', methods: ['GET'] }),
  },
  {
    id: 'look-alike-name',
    severity: 'info',
    has: allow({ host: 'xn--bcher-kva.example' }),
    not: allow({ host: 'buecher.example' }),
  },
  {
    id: 'forge-any-owner',
    severity: 'high',
    has: allow({ host: 'github.com' }),
    not: allow({ github: 'acme/app', push: true }),
  },
  {
    id: 'forge-reads-any-owner',
    severity: 'low',
    has: allow({ host: 'raw.githubusercontent.com', methods: ['GET'] }),
    not: allow({ github: 'acme/app' }),
  },
  {
    id: 'forge-all-of-an-owner',
    severity: 'medium',
    has: allow({ github: 'acme/*', push: true }),
    not: allow({ github: 'acme/app', push: true }),
  },
  {
    id: 'forge-push-any-branch',
    severity: 'low',
    has: allow({ github: 'acme/app', push: true }),
    not: allow({ github: 'acme/app' }),
  },
  {
    id: 'model-own-key',
    severity: 'medium',
    has: allow({ host: 'api.anthropic.com' }),
    not: allow({ host: 'api.anthropic.com', inject: 'anthropic' }),
  },
  {
    id: 'model-files',
    severity: 'high',
    has: allow({ host: 'api.openai.com' }),
    not: allow({ preset: 'codex' }),
  },
  {
    id: 'model-files',
    severity: 'low',
    has: allow({ host: 'api.anthropic.com', inject: 'anthropic' }),
    not: allow({ preset: 'claude', inject: 'anthropic' }),
  },
  {
    id: 'identity-for-any-request',
    severity: 'medium',
    has: allow({ host: 'api.example.org', inject: bearer('A') }),
    not: allow({ host: 'api.example.org', inject: bearer('A'), methods: ['GET'], paths: ['/v1/**'] }),
  },
  {
    id: 'identity-for-any-request',
    severity: 'low',
    has: allow({ host: 'api.example.org', inject: bearer('A'), methods: ['GET'] }),
    not: allow({ host: 'api.example.org', methods: ['GET'] }),
  },
  {
    id: 'identity-without-budget',
    severity: 'low',
    has: allow({ host: 'api.example.org', inject: bearer('A') }),
    not: allow({ host: 'api.example.org', inject: bearer('A'), max_bytes: '10m' }),
  },
  {
    id: 'two-identities-of-a-host',
    severity: 'low',
    has: allow(
      { host: 'api.example.org', inject: bearer('A'), paths: ['/a/**'] },
      { host: 'api.example.org', inject: bearer('B'), paths: ['/b/**'] },
    ),
    not: allow(
      { host: 'api.example.org', inject: bearer('A'), paths: ['/a/**'] },
      { host: 'api.example.org', inject: bearer('A'), paths: ['/b/**'] },
    ),
  },
  {
    id: 'identity-in-address',
    severity: 'low',
    has: allow({ host: 'api.example.org', inject: { query: 'key', secret: '${A}' } }),
    not: allow({ host: 'api.example.org', inject: bearer('A') }),
  },
];
