import { describe, expect, test } from 'vitest';
import type { RungCheck } from '../drivers/driver.ts';
import { sshEnvironment, sshIdentities, sshMounts, sshSteps, clientConfig, knownHosts } from './ssh.ts';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SshEntry } from '../ssh/entry.ts';

const check = (hostSockets: boolean): RungCheck => ({
  rung: {
    runtime: 'kata',
    boundary: 'vm',
    engine: 'docker',
    traits: {
      ownNetworkStack: true,
      onlySockets: false,
      hasCompanions: true,
      joinedBy: 'root',
      gatewayAddress: '127.200.0.1',
      needsImage: true,
      sharesFiles: true,
      limits: 'cgroup',
      canDetach: true,
      minPids: 16,
      hostSockets,
      rootInside: true,
    },
  },
  status: 'ready',
  reason: '',
  fix: '',
  evidence: {},
});

const entry = {
  id: 'ssh[0] git.example.org',
  position: 'bot-bottle.yaml:1:1',
  host: 'git.example.org',
  port: 22,
  user: 'git',
  identityPath: '/no/such/key',
  knownHost: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMhHU6Hl5TqK0Z2b5hLYxTn6Tq2SOe1M2f3y6m8jJm3J',
};

test('without a socket that leads out, ssh entries are refused before their keys are read', async () => {
  const refused = sshIdentities([entry], check(false), () => undefined);
  await expect(refused).rejects.toMatchObject({
    code: 'rungUnavailable',
    message: expect.stringContaining('kata on docker (vm) gives bottles no socket of the host') as unknown,
  });
  const looked = sshIdentities([entry], check(true), () => undefined);
  await expect(looked).rejects.toMatchObject({ code: 'manifest' });
});

test('without ssh entries a bottle gets nothing', async () => {
  const none = await sshIdentities([], check(false), () => undefined);
  expect([none, sshMounts(none, '/run'), sshSteps(none), sshEnvironment(none)]).toEqual([[], [], [], {}]);
});

describe('client files', () => {
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

  test('OpenSSH in a bottle uses the gateway and the key socket, and learns no host key', () => {
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

  test('a host that is not listed has the same limits', () => {
    const read = understood([entry({})], 'other.example.org');
    expect(read).toContain('stricthostkeychecking true');
    expect(read).toContain('proxycommand perl /etc/bot-bottle/ssh/connect.pl %h %p');
    expect(read).toContain('port 22');
  });

  test('the first of two entries for a host decides the user', () => {
    const read = understood([entry({ user: 'one' }), entry({ user: 'two' })], 'git.example.org');
    expect(read).toContain('user one');
  });

  test('OpenSSH finds known hosts by name, port and address', () => {
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
});
