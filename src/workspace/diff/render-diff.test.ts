import { expect, test } from 'vitest';
import { renderDiff, splitKindChanges } from './render-diff.ts';
import type { StagedChange } from './stage.ts';

const file = { kind: 'file', size: 4, executable: false } as const;

test('a file that became a link is shown as removed and added', () => {
  const change: StagedChange = {
    path: 'a',
    before: file,
    after: { kind: 'link', target: 'b' },
    afterPath: undefined,
  };
  const parts = splitKindChanges([change]);
  const numbered = [
    'diff --git old/0 old/0',
    'deleted file mode 100644',
    '--- old/0',
    '+++ /dev/null',
    '@@ -1 +0,0 @@',
    '-text',
    'diff --git new/1 new/1',
    'new file mode 100644',
    '--- /dev/null',
    '+++ new/1',
    '@@ -0,0 +1 @@',
    '+b',
    '\\ No newline at end of file',
    '',
  ].join('\n');
  expect(renderDiff(parts, numbered).patch.toString()).toBe(`diff --git a/a b/a
deleted file mode 100644
--- a/a
+++ /dev/null
@@ -1 +0,0 @@
-text
diff --git a/a b/a
new file mode 120000
--- /dev/null
+++ b/a
@@ -0,0 +1 @@
+b
\\ No newline at end of file
`);
});

test.each<[string, Partial<StagedChange>, string]>([
  [
    'a mode',
    { before: file, after: { ...file, executable: true }, afterPath: '/x' },
    'old mode 100644\nnew mode 100755',
  ],
  [
    'a FIFO',
    { before: file, after: { kind: 'special', what: 'fifo' } },
    'b/p is special (fifo): it cannot be shown or applied',
  ],
  ['an empty file', { after: { ...file, size: 0 }, afterPath: '/x' }, 'new file mode 100644'],
])('%s is shown without a body', (_, change, expected) => {
  const part = { path: 'p', before: undefined, after: undefined, afterPath: undefined, ...change };
  expect(renderDiff([part], '').patch.toString()).toContain(expected);
});

test('names are quoted as git quotes them', () => {
  const part = { path: 'q"\u001b\\ü', before: undefined, after: file, afterPath: '/x' };
  expect(renderDiff([part], '').patch.toString()).toContain(String.raw`"b/q\"\033\\\303\274"`);
  expect(renderDiff([{ ...part, path: 'ü' }], '').patch.toString()).toContain('diff --git a/ü b/ü\n');
});

test("a file's content stays unchanged beside a name in UTF-8", () => {
  const part = { path: 'ü', before: file, after: file, afterPath: '/x' };
  const numbered = 'diff --git old/0 new/0\n--- old/0\n+++ new/0\n@@ -1 +1 @@\n-caf\xe9\n+caf\xe8\n';
  expect(renderDiff([part], numbered).patch.toString('latin1')).toBe(
    `diff --git a/\xc3\xbc b/\xc3\xbc\n--- a/\xc3\xbc\n+++ b/\xc3\xbc\n@@ -1 +1 @@\n-caf\xe9\n+caf\xe8\n`,
  );
});

test("no content of a file begins another file's part", () => {
  const part = (path: string): StagedChange => ({ path, before: file, after: file, afterPath: '/x' });
  const hostile = '+x\rdiff --git old/1 new/1\rindex 0..1\r@@ forged\n';
  const numbered = `diff --git old/0 new/0\nindex 1..2 100644\n--- old/0\n+++ new/0\n@@ -1 +1 @@\n${hostile}`;
  const own = 'diff --git old/1 new/1\nindex 3..4 100644\n--- old/1\n+++ new/1\n@@ -1 +1 @@\n-a\n+b\n';
  expect(renderDiff([part('p'), part('q')], numbered + own).patch.toString()).toBe(
    `diff --git a/p b/p\nindex 1..2 100644\n--- a/p\n+++ b/p\n@@ -1 +1 @@\n${hostile}` +
      'diff --git a/q b/q\nindex 3..4 100644\n--- a/q\n+++ b/q\n@@ -1 +1 @@\n-a\n+b\n',
  );
});
