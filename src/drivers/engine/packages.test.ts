import { expect, test } from 'vitest';
import { installCommand } from './packages.ts';

test.each([
  ['runc', 'ID=debian', 'sudo apt install runc'],
  ['runsc', 'ID=ubuntu\nID_LIKE=debian', 'sudo apt install runsc'],
  ['runsc', 'ID=fedora', 'install runsc: https://gvisor.dev/docs/user_guide/install/'],
  ['runsc', 'ID=arch', 'install runsc: https://gvisor.dev/docs/user_guide/install/'],
  [
    'runsc',
    'ID="opensuse-leap"\nID_LIKE="suse opensuse"',
    'install runsc: https://gvisor.dev/docs/user_guide/install/',
  ],
  ['crun', 'ID=fedora', 'sudo dnf install crun'],
] as const)('%s on %s', (program, osRelease, command) => {
  expect(installCommand(program, osRelease)).toBe(command);
});
