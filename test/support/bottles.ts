import * as fc from 'fast-check';
import { BOUNDARIES } from '../../src/contracts/rungs.ts';
import { RUNTIME_CHOICES, WORKSPACE_MODES } from '../../src/manifest/schema/schema.ts';

/** Generates bottles for tests. */

const host = fc.constantFrom('a.example.org', 'b.example.org', '*.example.net');
const allowed = fc.oneof(
  fc.record(
    { host, methods: fc.constant(['GET']), max_bytes: fc.constant('1m'), dlp: fc.constant('warn') },
    { requiredKeys: ['host'] },
  ),
  fc.constant({ preset: 'claude' }),
  fc.constant({ host: 'c.example.org', inject: { header: 'x-api-key', secret: '${KEY}', env: 'KEY' } }),
);
const SSH = {
  host: 'git.example.org',
  user: 'git',
  identity: '~/.ssh/agent',
  known_host: 'ssh-ed25519 AAAA',
};

/** Returns an arbitrary of bottles with any subset of keys, in the form of a manifest. */
export const anyBottle = (): fc.Arbitrary<object> =>
  fc.record(
    {
      runtime: fc.constantFrom(...RUNTIME_CHOICES),
      min_boundary: fc.constantFrom(...BOUNDARIES),
      image: fc.constantFrom('default', 'node:22-slim', { dockerfile: 'box/Dockerfile' }),
      resources: fc.record(
        {
          cpus: fc.constant(1.5),
          memory: fc.constant('1.5g'),
          pids: fc.constant(99),
          disk: fc.constant('20m'),
        },
        { requiredKeys: [] },
      ),
      env: fc.record(
        { A: fc.constantFrom('1', '${HOME}/x', '?Which', '??', '$$'), B: fc.constant('b') },
        { requiredKeys: [] },
      ),
      egress: fc.record(
        {
          allow: fc.array(allowed, { maxLength: 3 }),
          deny: fc.array(fc.record({ host: fc.constantFrom('x.example.org', 'y.example.org') }), {
            maxLength: 2,
          }),
          dlp: fc.constantFrom('off', 'warn', { pattern: 'warn' }),
          canary: fc.boolean(),
          protect: fc.constant(['.env']),
          secret_rules: fc.constant(['~/rules.toml']),
          max_bytes: fc.constant('1g'),
          max_requests: fc.constant(7),
          max_tokens: fc.constant(8),
        },
        { requiredKeys: [] },
      ),
      gateway: fc.constant('bot-bottle'),
      workspace: fc.constantFrom(...WORKSPACE_MODES),
      skills: fc.constant(['review']),
      ssh: fc.constant([SSH]),
    },
    { requiredKeys: [] },
  );
