import { describe, expect, test } from 'vitest';
import { whyNotMounted } from './allowed-folders.ts';

const host = {
  home: '/home/user',
  own: ['/home/user/.local/state/bot-bottle', '/home/user/.cache/bot-bottle', '/home/user/dots/bottle.yaml'],
  closed: ['/home/user/.local/state/bot-bottle', '/home/user/dots/bottle.yaml'],
  private: [
    { name: '.config', path: '/home/user/.config' },
    { name: '.ssh', path: '/home/user/keys/ssh' },
  ],
  program: {
    rootPath: '/home/user/apps/bot-bottle',
    otherPaths: ['/home/user/bin/bot-bottle', '/opt/node/bin/node'],
  },
  isMac: false,
  ignoresCase: false,
};

describe('a mount', () => {
  test.each([
    '/',
    '/home',
    '/home/user',
    '/home/user/.local',
    '/home/user/.local/state/bot-bottle',
    '/home/user/.local/state/bot-bottle/trust',
    '/home/user/dots',
    '/home/user/keys',
    '/home/user/keys/ssh/old',
    '/home/user/.config/thing',
    '/etc',
    '/usr/src/thing',
    '/var/run/docker',
    '/proc/1/root',
    '/home/user/apps',
    '/home/user/apps/bot-bottle',
    '/home/user/apps/bot-bottle/src',
    '/home/user/bin',
    '/opt/node',
  ])('a mount of %s is refused', (folder) => {
    expect(whyNotMounted(folder, host)).toBeTypeOf('string');
  });

  test.each([
    '/home/user/project',
    '/home/user/.dotfiles-project',
    '/home/user/apps/bot-bottle-plugin',
    '/home/user/apps/other',
    '/srv/project',
    '/tmp/project',
    '/etcetera',
    '/home/user2',
    '/home/user/.cache/bot-bottle/agents/x',
  ])('a mount of %s is allowed', (folder) => {
    expect(whyNotMounted(folder, host)).toBeUndefined();
  });

  test.each([
    '/private/etc',
    '/System/Volumes/Data/Users/user',
    '/Library/LaunchDaemons',
    '/opt/homebrew/bin',
    '/home/user/.SSH',
    '/home/user/Keys/SSH',
    '/ETC/thing',
  ])('a mount of %s is refused on macOS, which ignores case', (folder) => {
    expect(whyNotMounted(folder, host)).toBeUndefined();
    const mac = { ...host, private: [...host.private, { name: '.ssh', path: '/home/user/.ssh' }] };
    expect(whyNotMounted(folder, { ...mac, isMac: true, ignoresCase: true })).toBeTypeOf('string');
  });
});
