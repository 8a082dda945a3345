import { describe, expect, it } from 'vitest';
import { agreedOn, configFilesOf, runtimesIn } from './settings.ts';

const SHIM = '/opt/kata/bin/containerd-shim-kata-v2';

describe('the settings files of dockerds', () => {
  it.each([
    ['no dockerd runs', [['sh', '-c', 'sleep 1'], []], ['/etc/docker/daemon.json']],
    ['a dockerd names none', [['/usr/sbin/dockerd', '-H', 'fd://']], ['/etc/docker/daemon.json']],
    ['a dockerd names one', [['dockerd', '--config-file', '/srv/a.json']], ['/srv/a.json']],
    ['NixOS names one', [['/nix/store/x/bin/.dockerd-wrapped', '--config-file=/nix/a']], ['/nix/a']],
    [
      'two dockerds run',
      [['dockerd'], ['dockerd', '--config-file=/srv/a.json']],
      ['/etc/docker/daemon.json', '/srv/a.json'],
    ],
    ['another program takes such a flag', [['vi', '--config-file=/srv/a']], ['/etc/docker/daemon.json']],
  ])('are found where %s', (_where, commandLines, files) => {
    expect(configFilesOf(commandLines)).toEqual(files);
  });
});

describe('the runtimes in a settings file', () => {
  it('have their shim and its options', () => {
    const options = { ConfigPath: '/etc/kata/qemu.toml' };
    const text = JSON.stringify({
      runtimes: { kata: { runtimeType: SHIM, options }, runsc: { path: '/a' } },
    });
    expect(runtimesIn(text)).toEqual({ kata: { runtimeType: SHIM, options }, runsc: { path: '/a' } });
  });

  it.each([[''], ['{'], ['null'], ['{}'], ['{"runtimes":[]}'], ['{"runtimes":7}']])(
    'are none in %j',
    (text) => {
      expect(runtimesIn(text)).toEqual({});
    },
  );

  it('lose what is of another type than dockerd takes', () => {
    expect(runtimesIn('{"runtimes":{"kata":{"runtimeType":7,"path":null},"x":1}}')).toEqual({
      kata: {},
      x: {},
    });
  });
});

describe('the settings of two dockerds', () => {
  it('count where they agree, and where only one has the runtime', () => {
    const kata = { runtimeType: SHIM };
    expect(agreedOn([{ kata }, { kata, runsc: { path: '/a' } }])).toEqual({ kata, runsc: { path: '/a' } });
  });

  it('say nothing of a runtime on which they differ', () => {
    expect(agreedOn([{ kata: { runtimeType: SHIM } }, { kata: { runtimeType: '/opt/other' } }])).toEqual({});
  });
});
