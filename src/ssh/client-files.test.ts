import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { clientConfig, knownHosts } from './client-files.ts';
import type { SshEntry } from './entry.ts';

const entry = (more: Partial<SshEntry>): SshEntry => ({
  id: 'ssh[0]',
  position: 'bot-bottle.yaml:1:1',
  host: 'git.example.org',
  port: 22,
  user: 'git',
  identityPath: '/home/me/.ssh/id',
  knownHost: 'ssh-ed25519 AAAA',
  ...more,
});

/** OpenSSH's own interpretation of the file for a host: ssh(1), `-G`. */
function understood(entries: readonly SshEntry[], host: string): string[] {
  const path = join(mkdtempSync(join(tmpdir(), 'ssh-config-')), 'config');
  writeFileSync(path, clientConfig(entries, '/etc/bot-bottle/ssh'), { mode: 0o600 });
  return spawnSync('ssh', ['-G', '-F', path, host], { encoding: 'utf8' }).stdout.split('\n');
}

test('OpenSSH goes through the gateway, asks the socket for keys, and learns no host', () => {
  const read = understood([entry({ host: 'Git.example.org', port: 2222, user: 'me' })], 'git.example.org');
  expect(read).toEqual(
    expect.arrayContaining([
      'port 2222',
      'user me',
      'stricthostkeychecking true',
      'userknownhostsfile /etc/bot-bottle/ssh/known_hosts',
      'globalknownhostsfile none',
      'updatehostkeys false',
      'identityagent /run/bot-bottle/ssh-agent',
      'preferredauthentications publickey',
      'proxycommand perl /etc/bot-bottle/ssh/connect.pl %h %p',
    ]),
  );
});

test('a host that is not listed is held to the same', () => {
  const read = understood([entry({})], 'other.example.org');
  expect(read).toContain('stricthostkeychecking true');
  expect(read).toContain('proxycommand perl /etc/bot-bottle/ssh/connect.pl %h %p');
  expect(read).toContain('port 22');
});

test('the first of two entries for a host says its user', () => {
  const read = understood([entry({ user: 'one' }), entry({ user: 'two' })], 'git.example.org');
  expect(read).toContain('user one');
});

test('known hosts are found by OpenSSH under name, port and address', () => {
  const entries = [
    entry({ host: 'Git.example.org' }),
    entry({ port: 2222 }),
    entry({ host: '::1', port: 7 }),
  ];
  expect(knownHosts([...entries, entry({ port: 2222 })]).split('\n')).toEqual([
    'git.example.org ssh-ed25519 AAAA',
    '[git.example.org]:2222 ssh-ed25519 AAAA',
    '[::1]:7 ssh-ed25519 AAAA',
    '',
  ]);
});
