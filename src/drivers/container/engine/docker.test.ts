import { describe, expect, it } from 'vitest';
import { findRuntime, lookKeyOf, networkBody } from './docker.ts';

describe('findRuntime', () => {
  const registered = {
    runc: { path: 'runc' },
    'io.containerd.runc.v2': { path: 'runc' },
    sandbox: { path: '/opt/gvisor/runsc', runtimeArgs: ['--network=host'] },
    decoy: { path: '/usr/bin/not-crun' },
  };

  it('findRuntime prefers the key, then the program', () => {
    expect(findRuntime(registered, 'runc')?.[0]).toBe('runc');
    expect(findRuntime(registered, 'runsc')?.[0]).toBe('sandbox');
    expect(findRuntime(registered, 'crun')).toBeUndefined();
    expect(findRuntime({ ...registered, runsc: { path: '/x' } }, 'runsc')?.[0]).toBe('runsc');
  });
});

describe('networkBody', () => {
  const plan = { name: 'n', bridge: 'bb-1', cidr: '198.18.0.0/29', internal: true, labels: {} };
  const options = (major: number, internal = true): Record<string, string> =>
    (networkBody({ ...plan, internal }, major) as { Options: Record<string, string> }).Options;

  it("networkBody removes the host side's address in the way of the Docker version", () => {
    expect(options(26)).toEqual({
      'com.docker.network.bridge.name': 'bb-1',
      'com.docker.network.bridge.inhibit_ipv4': 'true',
    });
    expect(options(28)['com.docker.network.bridge.gateway_mode_ipv4']).toBe('isolated');
    expect(options(28)['com.docker.network.bridge.inhibit_ipv4']).toBeUndefined();
  });

  it("networkBody leaves the gateway's way out an ordinary network", () => {
    expect(options(26, false)).toEqual({ 'com.docker.network.bridge.name': 'bb-1' });
  });
});

describe('lookKeyOf', () => {
  const runtime = { path: '/opt/runsc', runtimeArgs: ['--network=host'] };
  const info = { ID: 'one', ServerVersion: '28.0.0', SecurityOptions: [], Runtimes: { runsc: runtime } };
  const key = lookKeyOf(info, '/run/docker.sock');

  it("lookKeyOf stays the same while the engine's answer does", () => {
    expect(lookKeyOf({ ...info, Runtimes: { runsc: { ...runtime } } }, '/run/docker.sock')).toBe(key);
  });

  it.each([
    ['another daemon answers', { ID: 'two' }],
    ['another version answers', { ServerVersion: '29.0.0' }],
    ['a runtime loses an argument', { Runtimes: { runsc: { path: '/opt/runsc' } } }],
    ['a runtime has another program', { Runtimes: { runsc: { ...runtime, path: '/usr/bin/runsc' } } }],
    ['the daemon maps users', { SecurityOptions: ['name=userns'] }],
  ])('lookKeyOf differs when %s', (_what, change) => {
    expect(lookKeyOf({ ...info, ...change }, '/run/docker.sock')).not.toBe(key);
  });

  it('lookKeyOf differs for another socket', () => expect(lookKeyOf(info, '/run/other.sock')).not.toBe(key));
});
