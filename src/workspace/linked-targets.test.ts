import { expect, test } from 'vitest';
import { hostExecutes } from './host-executed.ts';
import { followedPaths } from './linked-targets.ts';

const links = [
  { path: 'CLAUDE.md', target: 'docs/ai.md' },
  { path: 'sub/.vscode', target: '../tools/./vs' },
  { path: 'tools/vs/tasks.json', target: '../real.json' },
  { path: 'AGENTS.md', target: 'over/ai.md' },
  { path: 'over', target: 'real' },
  { path: 'README', target: 'docs/readme.md' },
  { path: '.cursor', target: 'loop/x' },
  { path: 'loop', target: 'loop/y' },
];
const whyOf = followedPaths(links, (path) => hostExecutes(path, true));

test.each([
  'docs/ai.md',
  'Docs/AI.md',
  'docs/ai.md/x',
  'tools/vs',
  'tools/vs/settings.json',
  'tools/real.json',
  'real/ai.md',
])('%s is where a link leads that is followed', (path) => {
  expect(hostExecutes(path, false)).toBeUndefined();
  expect(whyOf(path)).toContain(' leads here: ');
});

test.each(['docs/readme.md', 'docs/ai.md.txt', 'tools/other', 'real/other', 'docs'])('%s is not', (path) => {
  expect(whyOf(path)).toBeUndefined();
});
