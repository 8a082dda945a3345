import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { spawn, type IPty } from '@lydell/node-pty';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTerminal } from '../../support/terminal.ts';

/** The user's terminal is a real PTY, which runs a test program, and `stty` afterwards to inspect it. */

const PROGRAM = `
import { UserTerminal } from ${JSON.stringify(resolve('src/ui/terminal/raw.ts'))};
const terminal = new UserTerminal();
terminal.onResize((size) => process.stdout.write('size ' + size.columns + 'x' + size.rows + '\\r\\n'));
terminal.input.on('data', (bytes) => {
  const hex = Buffer.from(bytes).toString('hex');
  process.stdout.write('typed ' + hex + '\\r\\n');
  if (hex === '78') throw new Error('thrown on purpose');
  if (hex === '65') process.exit(3);
  if (hex === '64') { terminal[Symbol.dispose](); process.stdout.write('disposed\\n'); }
});
terminal.detached.then(() => { terminal[Symbol.dispose](); process.stdout.write('detached\\n'); });
process.stdout.write('ready\\r\\n');
`;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bot-bottle-raw-'));
  await writeFile(join(folder, 'program.ts'), PROGRAM);
});
afterAll(() => rm(folder, { recursive: true }));

/** A shell on a PTY that runs the program, and prints the terminal's settings before and after it. */
class Screen {
  text = '';
  readonly pty: IPty;

  constructor() {
    const tsx = resolve('node_modules/.bin/tsx');
    const script = `echo before=$(stty -g); ${tsx} ${join(folder, 'program.ts')}; echo code=$? after=$(stty -g) end`;
    this.pty = spawn('sh', ['-c', script], { cols: 80, rows: 24, cwd: resolve('.') });
    this.pty.onData((data) => (this.text += data));
  }

  async shows(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.text);
      if (match !== null) return match;
      await new Promise((next) => setTimeout(next, 10));
    }
  }

  /** Returns the program's exit code, and whether the terminal's settings are the same as before. */
  async ended(): Promise<{ code: string | undefined; restored: boolean }> {
    const [, code, after] = await this.shows(/code=(\d+) after=(\S+) end/);
    const [, before] = await this.shows(/before=(\S+)/);
    return { code, restored: before !== undefined && before === after };
  }
}

describe('the user’s terminal', () => {
  test("the user's terminal is raw for the session: keys arrive at once, Ctrl-C and Ctrl-Z as bytes", async () => {
    const screen = new Screen();
    await screen.shows(/ready/);
    screen.pty.write('\u0003');
    await screen.shows(/typed 03/);
    screen.pty.write('\u001a');
    await screen.shows(/typed 1a/);
    screen.pty.write('d');
    await screen.shows(/disposed/);
    expect(await screen.ended()).toEqual({ code: '0', restored: true });
  });

  test("the user's terminal passes on a resize", async () => {
    const screen = new Screen();
    await screen.shows(/ready/);
    screen.pty.resize(100, 30);
    await screen.shows(/size 100x30/);
    screen.pty.write('d');
    expect(await screen.ended()).toEqual({ code: '0', restored: true });
  });

  test("the user's terminal is restored when the user detaches", async () => {
    const screen = new Screen();
    await screen.shows(/ready/);
    screen.pty.write('\u0010\u0011');
    await screen.shows(/detached/);
    expect(await screen.ended()).toEqual({ code: '0', restored: true });
  });

  test.each([
    ['an error that nobody catches', 'x', '1'],
    ['process.exit', 'e', '3'],
  ])("the user's terminal is restored after %s", async (_, key, code) => {
    const screen = new Screen();
    await screen.shows(/ready/);
    screen.pty.write(key);
    expect(await screen.ended()).toEqual({ code, restored: true });
    expect(screen.text).toContain('\u001b[?1049l');
    expect(screen.text).toContain('\u001b[?2004l');
  });
});

/** Prints while the progress line is visible, and ends without removing the line itself. */
const BUSY_PROGRAM = `
import { confirm } from ${JSON.stringify(resolve('src/ui/ask.ts'))};
import { note, print } from ${JSON.stringify(resolve('src/ui/print.ts'))};
import { Progress } from ${JSON.stringify(resolve('src/ui/progress.ts'))};
const progress = new Progress();
progress.step('busy with it');
setTimeout(async () => {
  note('a note');
  print('a result');
  await confirm('Go on?', '--yes');
  note('over');
  process.exit(0);
}, 1_500);
`;

test('a progress line is cleared before other output, and while a question is asked', async () => {
  const program = join(folder, 'busy.ts');
  await writeFile(program, BUSY_PROGRAM);
  const terminal = openTerminal([resolve('node_modules/.bin/tsx'), program], { cwd: resolve('.') });
  await terminal.shows(/Go on\?/);
  expect(terminal.received()).toContain('busy with it');
  // Waits longer than a frame of the progress line.
  await new Promise((done) => setTimeout(done, 300));
  expect(terminal.screen().join('\n')).not.toContain('busy');
  terminal.type('y');
  await terminal.shows(/over/);
  const lines = terminal.screen().filter((line) => line !== '');
  expect(lines.slice(0, 2)).toEqual(['a note', 'a result']);
  expect(lines.join('\n')).not.toContain('busy');
});
