import { describe, expect, it, test } from 'vitest';
import { installCommand } from '../engine/packages.ts';
import { fixFor, registration, tailOfFailure } from './fixes.ts';

test('Kata is installed by hand anywhere, and registered as a shim', () => {
  expect(installCommand('kata', 'ID=debian')).toMatch(
    /Kata Containers 3\.30 or newer.*\/dev\/kvm.*https:\/\//,
  );
  expect(registration('kata')).toContain('{"runtimes":{"kata":{"runtimeType":"io.containerd.kata.v2"}}}');
  expect(registration('kata', '/opt/kata/bin/shim')).toContain('{"runtimeType":"/opt/kata/bin/shim"}');
  expect(registration('runsc')).toContain('{"runtimes":{"runsc":{"path":"/usr/bin/runsc"}}}');
});

describe('the fix for a failed start', () => {
  it('is known by its words, else by the runtime, else a way to see it again', () => {
    expect(fixFor('docker-init: not found', 'kata', 'again')).toContain('tini');
    expect(fixFor('swap: memory.swap.max cannot be read, so', 'runc', 'again')).toContain('swapaccount=1');
    expect(fixFor('MemorySwap: asked for 64, the engine has -1', 'runc', 'again')).toContain('swapoff -a');
    expect(fixFor('exit status 1', 'kata', 'again')).toMatch(/Kata Containers 3\.30 .*daemon\.json/);
    expect(fixFor('exit status 1', 'runsc', 'again')).toBe('see what it says: again');
  });
});

describe('the tail of a failure', () => {
  it('is what the OCI runtime said', () => {
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
  it('is all of a message of another kind', () => {
    expect(tailOfFailure('crun: cgroups in hybrid mode not supported')).toBe(
      'crun: cgroups in hybrid mode not supported',
    );
  });
});
