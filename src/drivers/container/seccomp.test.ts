import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { assetPath } from '../../host/paths.ts';
import { OPENER_CALLS } from '../network/opener.ts';
import { seccompOf } from './seccomp.ts';

interface Rule {
  readonly names: readonly string[];
  readonly action: string;
  readonly args?: readonly { readonly index: number; readonly value: number; readonly op: string }[];
}

interface Profile {
  readonly defaultAction: string;
  readonly syscalls: readonly Rule[];
}

const PROFILES: Readonly<Record<string, string>> = {
  'of programs': readFileSync(assetPath('container/seccomp.json'), 'utf8'),
  'of the opener': seccompOf(OPENER_CALLS),
};

describe.each(Object.entries(PROFILES))('the profile %s', (_, text) => {
  const profile = JSON.parse(text) as Profile;
  const allowed = profile.syscalls.filter(({ action }) => action === 'SCMP_ACT_ALLOW');

  test('what is not listed is refused', () => {
    expect(profile.defaultAction).toBe('SCMP_ACT_ERRNO');
  });

  test('every system call has a name', () => {
    expect(
      profile.syscalls.flatMap(({ names }) => names).filter((name) => !/^[a-z_][a-z0-9_]*$/.test(name)),
    ).toEqual([]);
  });

  test.each(['unshare', 'setns', 'mount', 'move_mount', 'fsopen', 'bpf', 'keyctl', 'add_key', 'clone3'])(
    '%s is not allowed, in no rule',
    (name) => {
      expect(allowed.filter(({ names }) => names.includes(name))).toEqual([]);
    },
  );

  test('clone makes no namespace: CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET', () => {
    expect(allowed.filter(({ names }) => names.includes('clone'))).toEqual([
      {
        names: ['clone'],
        action: 'SCMP_ACT_ALLOW',
        args: [{ index: 0, value: 0x7e020000, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }],
      },
    ]);
  });
});

test.each([
  'ptrace',
  'process_vm_readv',
  'chmod',
  'unlink',
  'mknod',
  'io_uring_setup',
  'personality',
  'fork',
])('the opener may not call %s', (name) => {
  expect(seccompOf(OPENER_CALLS)).not.toContain(`"${name}"`);
});

test('the opener makes sockets of three families; no rule allows all', () => {
  const { syscalls } = JSON.parse(seccompOf(OPENER_CALLS)) as Profile;
  const rules = syscalls.filter(({ names }) => names.includes('socket'));
  expect(rules.map(({ args }) => args?.map(({ index, value, op }) => [index, value, op]))).toEqual([
    [[0, 1, 'SCMP_CMP_EQ']],
    [[0, 2, 'SCMP_CMP_EQ']],
    [[0, 10, 'SCMP_CMP_EQ']],
  ]);
});

test('programs make sockets of four families, and no call hides which: CVE-2026-31431, AF_ALG', () => {
  const { syscalls } = JSON.parse(PROFILES['of programs'] ?? '') as Profile;
  const rules = syscalls.filter(({ names }) => names.includes('socket'));
  expect(rules.map(({ args }) => args?.map(({ index, value, op }) => [index, value, op]))).toEqual([
    [[0, 1, 'SCMP_CMP_EQ']],
    [[0, 2, 'SCMP_CMP_EQ']],
    [[0, 10, 'SCMP_CMP_EQ']],
    [
      [0, 16, 'SCMP_CMP_EQ'],
      [2, 9, 'SCMP_CMP_NE'], // NETLINK_AUDIT
    ],
  ]);
  expect(syscalls.flatMap(({ names }) => names)).not.toContain('socketcall');
});
