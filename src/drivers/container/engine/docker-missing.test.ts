import { describe, expect, it } from 'vitest';
import { missingFor, unsuitable } from './docker-missing.ts';

describe('missingFor', () => {
  const tooOld = { status: 'installed', reason: 'this Docker is older than 25', fix: 'a newer one' } as const;
  const nowhere = (): undefined => undefined;

  it("missingFor calls a runtime without a program on this host absent, with Docker's reason and remedy", () => {
    for (const runtime of ['kata', 'runsc', 'crun'] as const)
      expect(missingFor(runtime, tooOld, nowhere)).toEqual({ ...tooOld, status: 'absent' });
  });

  it('missingFor calls a runtime with a program installed, and runc, which Docker brings', () => {
    expect(missingFor('runsc', tooOld, (name) => `/usr/bin/${name}`)).toEqual(tooOld);
    expect(missingFor('runc', tooOld, nowhere)).toEqual(tooOld);
  });

  it("missingFor ignores this host's programs where Docker is in a virtual machine", () => {
    const inMachine = { ...tooOld, evidence: { host: 'Docker Desktop' } };
    expect(missingFor('runsc', inMachine, nowhere)).toEqual(inMachine);
  });
});

describe('unsuitable', () => {
  const reasonFor = (options: readonly string[]): string | undefined =>
    unsuitable({ SecurityOptions: options })?.reason;

  it.each([
    [['name=seccomp,profile=builtin']],
    [['name=apparmor', 'name=seccomp,profile=default', 'name=cgroupns']],
  ])('unsuitable accepts a daemon with %j', (options) => expect(reasonFor(options)).toBeUndefined());

  it.each([
    ['without seccomp', ['name=apparmor'], /no seccomp/],
    ['with seccomp switched off', ['name=seccomp,profile=unconfined'], /no seccomp/],
    ['that maps users', ['name=seccomp,profile=builtin', 'name=userns'], /maps users/],
    ['without root', ['name=seccomp,profile=builtin', 'name=rootless'], /maps users/],
  ])('unsuitable refuses a daemon %s', (_what, options, reason) => {
    expect(reasonFor(options)).toMatch(reason);
  });
});
