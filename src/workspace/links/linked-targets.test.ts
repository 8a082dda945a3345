import { expect, test } from 'vitest';
import { hostExecutes, hostFollows } from '../executed/host-executed.ts';
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
  { path: 'node_modules/app', target: '../src' },
  { path: 'node_modules/@scope/lib', target: '../../lib' },
  { path: 'sub/Node_modules', target: '../vendor' },
  { path: 'node_modules/.bin/eslint', target: '../../tools/lint' },
  { path: 'node_modules/a/run', target: '../../tools/a' },
  { path: '.venv/bin/python', target: '../../tools/py' },
  { path: 'x/node_modules/node_modules', target: '../more' },
];
const whyOf = followedPaths(links, hostFollows);

test.each([
  'docs/ai.md',
  'Docs/AI.md',
  'docs/ai.md/x',
  'tools/vs',
  'tools/vs/settings.json',
  'tools/real.json',
  'real/ai.md',
  'vendor/a/index.js',
  'tools/lint',
  'tools/a',
  'tools/py',
  'x/more/b/index.js',
])('a followed link that leads to %s is found', (path) => {
  expect(hostExecutes(path, false)).toBeUndefined();
  expect(whyOf(path)).toContain(' leads here: ');
});

test.each(['docs/readme.md', 'docs/ai.md.txt', 'tools/other', 'real/other', 'docs', 'src/a.ts', 'lib/a.ts'])(
  'no followed link that leads to %s is found',
  (path) => {
    expect(whyOf(path)).toBeUndefined();
  },
);
