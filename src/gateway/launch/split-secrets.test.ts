import { expect, test } from 'vitest';
import type { GatewayConfig } from '../config.ts';
import { partSecrets, withProxySecret } from './split-secrets.ts';

const CONFIG: GatewayConfig = {
  bottleId: 'b',
  policy: { allow: [], deny: [] },
  gatewayAddress: '127.200.0.1',
  sockets: { kind: 'listen', address: '198.18.0.2' },
  auditPath: '/a',
  hostAddresses: [],
};
const PROXY = { host: 'proxy.example', port: 3128, bypass: ['a.example'] };
const SECRETS = { inject: {}, protect: [{ name: 'n', value: 'protected-value', kind: 'secret' as const }] };

test.each([undefined, SECRETS])(
  'the password of the proxy is moved to the secrets and back: %j',
  (secrets) => {
    const whole = { ...CONFIG, upstreamProxy: { ...PROXY, authorization: 'Basic password' } };
    const parted = partSecrets(whole, secrets);
    expect(JSON.stringify(parted.config)).not.toContain('password');
    expect(parted.secrets).toMatchObject(secrets ?? { inject: {}, protect: [] });
    expect(withProxySecret(parted.config, parted.secrets ?? { inject: {}, protect: [] })).toEqual(whole);
  },
);

test.each([CONFIG, { ...CONFIG, upstreamProxy: PROXY }])(
  'a proxy without a password stays unchanged',
  (config) => {
    expect(partSecrets(config, SECRETS)).toEqual({ config, secrets: SECRETS });
    expect(partSecrets(config, undefined)).toEqual({ config, secrets: undefined });
    expect(withProxySecret(config, SECRETS)).toEqual(config);
  },
);
