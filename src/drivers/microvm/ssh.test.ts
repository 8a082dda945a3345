import { expect, test } from 'vitest';
import { sshConfig } from './ssh.ts';

const text = sshConfig({
  identityPath: '/vm/ssh-key',
  knownHostsPath: '/vm/known-hosts',
  controlPath: '/tmp/ssh',
});

test('the SSH configuration names one host, and nothing for others', () => {
  expect(text.match(/^Host .*$/gm)).toEqual(['Host bottle']);
  expect(
    text
      .trimEnd()
      .split('\n')
      .slice(1)
      .every((line) => /^ {2}\w+ \S+$/.test(line)),
  ).toBe(true);
});

test.each([
  // The machine's root may replace our SSH server. Without these options, ssh would trust it, ask the user, or learn
  // its key.
  ['StrictHostKeyChecking yes', 'a server with another key is spoken to'],
  ['HostKeyAlias bottle', 'it is known by an address, which is the same in every bottle'],
  ['UserKnownHostsFile /vm/known-hosts', 'it is known by what the user knows'],
  ['GlobalKnownHostsFile none', 'it is known by what the host knows'],
  ['UpdateHostKeys no', 'it says itself by which keys it is known'],
  // Options that would give a server access to its client.
  ['ForwardAgent no', "it signs with the user's keys"],
  ['ClearAllForwardings yes', 'it connects to the sandbox'],
  ['IdentitiesOnly yes', 'other keys are shown to it'],
  ['IdentityAgent none', "an agent's keys are shown to it"],
  ['PreferredAuthentications publickey', 'it asks for a password'],
  ['PermitLocalCommand no', 'a command runs on this side'],
  // An agent's output passes unchanged, and no byte of its input is an escape for ssh.
  ['EscapeChar none', 'input that holds `~C` opens a command line'],
  ['BatchMode yes', 'it asks a question, and waits'],
  ['ServerAliveInterval 10', 'a machine that is gone without a word is waited for'],
  ['ServerAliveCountMax 60', 'one that stands still for a minute loses its agent'],
])('the SSH command has %s, or %s', (line) => {
  expect(text).toContain(`\n  ${line}\n`);
});
