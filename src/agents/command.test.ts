import { describe, expect, test } from 'vitest';
import { agentCommand } from './command.ts';
import { claude, shell } from './index.ts';
const atTerminal = { interactive: true, prompt: undefined, args: [] };

test('a prompt starts a run without a user, and stays a single argument', () => {
  const argv = agentCommand(claude, { ...atTerminal, prompt: 'fix "it"; rm -rf /' });
  expect(argv.slice(-2)).toEqual(['--print', 'fix "it"; rm -rf /']);
});

describe('a prompt of many bytes', () => {
  const command = (prompt: string) => agentCommand(claude, { ...atTerminal, prompt });

  test('the longest prompt that fits into one argument is passed on', () => {
    const longest = 'a'.repeat(131_071);
    expect(command(longest).at(-1)).toBe(longest);
  });

  test.each(['a'.repeat(131_072), 'é'.repeat(65_536)])(
    'a longer prompt is refused before anything starts',
    (prompt) => {
      expect(() => command(prompt)).toThrow(expect.objectContaining({ code: 'usage' }));
    },
  );
});

test('arguments reach the program unchanged', () => {
  const argv = agentCommand(claude, { interactive: false, prompt: undefined, args: ['--version'] });
  expect(argv).toEqual(['claude', '--dangerously-skip-permissions', '--version']);
});

test('the arguments of the agent shell are the command', () => {
  expect(agentCommand(shell, { ...atTerminal, args: ['sh', '-c', 'id'] })).toEqual(['sh', '-c', 'id']);
});

test.each([shell, claude])(
  '$name without a terminal, a prompt or a command is an error with the remedy',
  (agent) => {
    const command = () => agentCommand(agent, { interactive: false, prompt: undefined, args: [] });
    expect(command).toThrow(expect.objectContaining({ code: 'usage' }));
  },
);

test('the installation of a custom agent runs first, and its failure ends the run', () => {
  const custom = { ...claude, program: { kind: 'command', command: 'apt-get install x' } } as const;
  const argv = agentCommand(custom, { ...atTerminal, args: ['--help'] });
  expect(argv.slice(0, 2)).toEqual(['/bin/sh', '-c']);
  expect(argv).toContain('--help');
});
