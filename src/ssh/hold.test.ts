import { expect, test } from 'vitest';
import { confinedCall } from './hold.ts';

const parts = {
  bottleId: 'b-1',
  programPath: '/p/keys.pl',
  innerDir: '/r/inner',
  outerDir: '/r/outer',
  system: [{ path: '/bin', target: 'usr/bin' }],
  dropTo: undefined,
};
const call = (more: Partial<Parameters<typeof confinedCall>[0]> = {}): string =>
  confinedCall({ ...parts, ...more }).join(' ');

test("the SSH holder has no network and no home, and carries the bottle's id", () => {
  for (const part of ['--unshare-net', '--unshare-pid', '--unshare-user', '--cap-drop ALL', '--clearenv'])
    expect(call()).toContain(part);
  expect(call()).toContain('--setenv BOT_BOTTLE_ID b-1');
  const writable = [...call().matchAll(/ --bind (\S+)/g)].map((match) => match[1]);
  expect(writable).toEqual(['/r/inner', '/r/outer']);
});

test('root gives up its rights for good before the holder runs', () => {
  expect(call({ dropTo: { uid: 7, gid: 8 } })).toMatch(
    / -- setpriv --reuid 7 --regid 8 --clear-groups --bounding-set=-all --inh-caps=-all --no-new-privs perl /,
  );
});
