import { describe, expect, it, test } from 'vitest';
import { installCommand } from '../engine/packages.ts';
import { fixFor, registration, tailOfFailure } from './fixes.ts';

test('Kata is installed by hand everywhere, and registered as a shim', () => {
  expect(installCommand('kata', 'ID=debian')).toMatch(
    /Kata Containers 3\.30 or newer.*\/dev\/kvm.*https:\/\//,
  );
  expect(registration('kata')).toContain('{"runtimes":{"kata":{"runtimeType":"io.containerd.kata.v2"}}}');
  expect(registration('kata', '/opt/kata/bin/shim')).toContain('{"runtimeType":"/opt/kata/bin/shim"}');
  expect(registration('runsc')).toContain('{"runtimes":{"runsc":{"path":"/usr/bin/runsc"}}}');
});

test("NixOS writes Docker's configuration itself", () => {
  expect(registration('runsc', '/run/current-system/sw/bin/runsc', 'ID=nixos')).toBe(
    'add to /etc/nixos/configuration.nix: virtualisation.docker.daemon.settings.runtimes.runsc.path = ' +
      '"/run/current-system/sw/bin/runsc"; and then: sudo nixos-rebuild switch',
  );
  expect(registration('kata', undefined, 'ID=nixos')).toContain(
    'settings.runtimes.kata.runtimeType = "io.containerd.kata.v2";',
  );
  expect(registration('kata', undefined, 'ID=debian')).toContain('/etc/docker/daemon.json');
});

describe('the fix for a failed start', () => {
  it('a failed start gets the remedy for its message, or a command that shows it again', () => {
    expect(fixFor('docker-init: not found', 'again')).toContain('tini');
    expect(fixFor('swap: memory.swap.max cannot be read, so', 'again')).toContain('swapaccount=1');
    expect(fixFor('MemorySwap: asked for 64, the engine has -1', 'again')).toContain('swapoff -a');
    expect(fixFor('unknown version specified', 'again')).toMatch(/^install crun 1\.14\.3 or newer/);
    expect(fixFor('exit status 1', 'again')).toBe('see its output: again');
  });

  it.each([
    ['open /dev/vhost-vsock: no such device', /modprobe vhost_vsock/],
    ['Could not access KVM kernel module: No such file or directory', /modprobe kvm_intel/],
    ['qemu-system-x86_64: failed to initialize kvm: No such file', /modprobe kvm_intel/],
    [
      'Cannot find usable config file (config file "/etc/kata-containers/configuration.toml" unresolvable',
      /ConfigPath/,
    ],
    [
      'runtime "io.containerd.kata.v2" binary not installed "containerd-shim-kata-v2": file does not exist',
      /runtimeType/,
    ],
    [
      'invalid KATA_CONF_FILE "/etc/kata-containers/configuration-clh.toml": only shipped Kata configuration files are accepted',
      /KATA_CONF_FILE.*ConfigPath/,
    ],
    ['failed to online cpus in 5000 ms', /static_sandbox_resource_mgmt/],
    ['Kata says what nobody here has heard before', /^see its output: again$/],
    ['it has no network interface but lo: kata-containers#9340', /Kata Containers 3\.30/],
    ["its kernel is the host's own: Linux version 6.12", /is not Kata: add .*runtimeType/],
    ['no process of its containerd-shim-kata-v2 has a virtual machine of KVM', /is not Kata/],
    ['containerd-shim-kata-v2 has started no VMM that this user could see', /^sudo bot-bottle doctor/],
  ])('a failed start of Kata gets a remedy other than installing it: %s', (words, fix) => {
    expect(fixFor(words, 'again')).toMatch(fix);
    expect(fixFor(words, 'again')).not.toMatch(/^install Kata/);
  });
});

describe("the end of a failure's message", () => {
  it("the end of a failure's message is the OCI runtime's part", () => {
    const passedOn =
      'failed to create task for container: failed to create shim task: OCI runtime create failed: ';
    expect(tailOfFailure(`${passedOn}runc create failed: unable to start: no such file: unknown`)).toBe(
      'unable to start: no such file',
    );
    const lost = 'unable to retrieve OCI runtime error (open /run/x/log.json: no such file or directory): ';
    expect(
      tailOfFailure(
        `${passedOn}${lost}/usr/bin/false did not terminate successfully: exit status 1: unknown`,
      ),
    ).toBe('/usr/bin/false did not terminate successfully: exit status 1');
  });
  it('a message of another kind is kept whole', () => {
    expect(tailOfFailure('crun: cgroups in hybrid mode not supported')).toBe(
      'crun: cgroups in hybrid mode not supported',
    );
  });
});
