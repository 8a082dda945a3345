import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BottleRow } from '../../../src/bottle/state/list.ts';
import { makeHome, ONE_OF_EACH_DRIVER, RUNTIMES, type Home } from '../../support/home.ts';
import { KEYS, openTerminal, type UserTerminal } from '../../support/terminal.ts';
import { watchBottles, type Watch } from '../../support/watch.ts';
import { testMode } from '../../support/suites/mode.ts';

/** A person at a terminal: the terminal is a PTY with an emulator, the program is the shipped one. */

let home: Home;
let watch: Watch;
let project: string;
let manifest: string;

beforeAll(() => {
  home = makeHome();
  watch = watchBottles(home.bottlesDir);
  project = home.project('project', { 'README.md': 'A project.\n' });
  manifest = home.manifest({
    bottles: { closed: { workspace: 'none' } },
    agents: { shell: { bottle: 'closed', agent: 'shell' } },
  });
});

afterAll(async () => {
  watch[Symbol.dispose]();
  await home.remove();
});

const startArgs = (runtime: string, command: readonly string[]): string[] => {
  const what = ['start', 'shell', project, '--manifest', manifest, '--yes', '--runtime', runtime];
  return command.length === 0 ? what : [...what, '--', ...command];
};

const start = (runtime: string, ...command: string[]): UserTerminal =>
  home.terminal(startArgs(runtime, command));

/** Runs in a shell of the user, which prints whether the program restored its terminal. */
const WRAPPED = 'before=$(stty -g); "$@"; echo "code=$? same=$([ "$before" = "$(stty -g)" ] && echo yes)"';

/** Starts a bottle, detaches from it, and returns its id. */
async function detached(runtime: string, command: readonly string[]): Promise<string> {
  const terminal = start(runtime, ...command);
  await terminal.shows(/begun/);
  terminal.type(KEYS.detach);
  const [, id = ''] = await terminal.shows(/detached; bot-bottle attach (\S+)/);
  expect(await terminal.ended()).toBe(0);
  return id;
}

const rowOf = async (id: string): Promise<BottleRow | undefined> =>
  (await home.list()).find((row) => row.id === id);

const stateOf = async (id: string): Promise<string | undefined> => (await rowOf(id))?.state;

/**
 * Writes the clipboard and the title, requests settings, sends links and pictures, in both forms of control sequences.
 */
const HOSTILE = String.raw`printf '\033]52;c;ZXZpbA==\007\033]0;evil\007\033]2;evil\033\\\033P+q544e\033\\\033]8;;https://evil.example\033\\link\033]8;;\033\\\033]1337;File=name=ZXZpbA==:ZXZpbA==\007\033_Gevil\033\\\033[21t\302\233 21t\302\2350;evil\302\234\033kevil\033\\'; echo; echo end`;
// oxlint-disable-next-line no-control-regex -- control bytes are what this is about
const REACHES_BEYOND = /evil|ZXZpbA|\u001b[\]P_kX^]|\u009b|\u009d|\[21t/;

/** An emulated machine takes minutes. */
const TRIED = testMode() === 'whole' ? [...new Set([...RUNTIMES, 'qemu'])] : ONE_OF_EACH_DRIVER;

describe.each(TRIED)('%s', (runtime) => {
  test('a shell has a full terminal: size, resizing, keys, jobs, a screenful, the exit code', async () => {
    const terminal = home.terminal(startArgs(runtime, []), { shell: WRAPPED });
    await terminal.shows(/\$ $/);
    terminal.type('test -t 0 && stty size; echo "$TERM"\n');
    await terminal.shows(/^24 80\nxterm-256color$/m);
    terminal.type(
      `sh -c "trap 'echo now \\$(stty size)' WINCH; echo waiting; while :; do sleep 0.1; done"\n`,
    );
    await terminal.shows(/^waiting$/m);
    terminal.resize(100, 30);
    await terminal.shows(/now 30 100/);
    terminal.type(KEYS.interrupt);
    await terminal.shows(/\^C\n\$ $/);

    terminal.type(`sh -c 'echo asleep; exec sleep 1000'\n`);
    await terminal.shows(/^asleep$/m);
    terminal.type(KEYS.suspend);
    await terminal.shows(/Stopped/);
    terminal.type('fg\n');
    await terminal.shows(/fg\nsh -c/);
    terminal.type(KEYS.interrupt);
    terminal.type('echo "interrupted: $?"\n');
    await terminal.shows(/interrupted: 130/);

    terminal.type('seq 500 | less\n');
    await terminal.shows(/^1\n2\n[^$]*\n29\n:$/);
    expect(terminal.isFullScreen()).toBe(true);
    terminal.type('G');
    await terminal.shows(/^472\n[^$]*\n500\n\(END\)$/);
    terminal.type('q');
    await terminal.shows(/interrupted: 130\n.*seq 500 \| less/);
    expect(terminal.isFullScreen()).toBe(false);

    terminal.type('exit 9\n');
    await terminal.shows(/code=9 same=yes/);
  });

  test('Ctrl-C ends a program that has no handler, with 130', async () => {
    const terminal = start(runtime, 'sh', '-c', 'echo begun; exec sleep 1000');
    await terminal.shows(/begun/);
    terminal.type(KEYS.interrupt);
    expect(await terminal.ended()).toBe(130);
  });

  test('a program that dies on the alternate screen leaves the terminal as it was', async () => {
    const mess = String.raw`printf '\033[?1049h\033[?25l\033[?1000h\033[?2004h\033[31mred'; stty raw -echo; kill -9 $$`;
    const terminal = home.terminal(startArgs(runtime, ['sh', '-c', mess]), { shell: WRAPPED });
    await terminal.shows(/code=137 same=yes/);
    expect(terminal.isFullScreen()).toBe(false);
    for (const back of ['[?25h', '[?1000l', '[?2004l', '[0m'])
      expect(terminal.received()).toContain(`\u001b${back}`);
  });

  test('sequences that reach beyond the screen stay in the bottle', async () => {
    const open = openTerminal(['sh', '-c', HOSTILE]);
    await open.shows(/end/);
    expect(open.title()).toBe('evil');

    const terminal = start(runtime, 'sh', '-c', HOSTILE);
    await terminal.shows(/link[^]*end/);
    expect(await terminal.ended()).toBe(0);
    expect(terminal.title()).toBe('');
    expect(terminal.received()).not.toMatch(REACHES_BEYOND);
  });

  test('a detached bottle goes on, accepts an exec, and is attached to again', async () => {
    const id = await detached(runtime, ['sh', '-c', 'echo begun; read line; echo "heard $line"; exit 5']);
    expect(await stateOf(id)).toBe('detached');

    const piped = await home.run(['exec', id, '--', 'sh', '-c', 'cat; test -t 0 || exit 3'], {
      stdin: 'from outside\n',
    });
    expect(piped).toMatchObject({ code: 3, stdout: 'from outside\n', stderr: '' });
    const absent = await home.run(['exec', id, '--', 'no-such-program']);
    expect(absent).toMatchObject({ code: 127, stdout: '' });
    expect(absent.stderr).toMatch(/^[\w-]+: '?no-such-program'?: No such file or directory\n$/);
    const beside = home.terminal(['exec', id, '--', 'sh', '-c', 'test -t 0 && stty size; read key; exit 4']);
    await beside.shows(/^24 80$/m);
    beside.type('\n');
    expect(await beside.ended()).toBe(4);

    const again = home.terminal(['attach', id]);
    again.type('hello\n');
    await again.shows(/heard hello/);
    expect(await again.ended()).toBe(5);
    await expect.poll(async () => await stateOf(id), { timeout: 30_000 }).toBe('stopped');
    expect(await rowOf(id)).toMatchObject({ exitCode: 5 });
  });

  test('a detached bottle that ends is cleaned up by its keeper, with its exit code', async () => {
    const id = await detached(runtime, ['sh', '-c', 'echo begun; sleep 2; exit 6']);
    await expect.poll(async () => await stateOf(id), { timeout: 30_000 }).toBe('stopped');
    expect(await rowOf(id)).toMatchObject({ exitCode: 6, reason: 'ended while detached' });
    await expect.poll(async () => await watch.remains([id]), { timeout: 30_000 }).toEqual([]); // the keeper ends last
  });
});

describe('output in a pipe', () => {
  /** Bytes of every value, as a command and as a buffer. */
  const BINARY = `perl -e 'print map chr, 0..255'`;
  const ALL_BYTES = Buffer.from([...Array(256).keys()]);
  const piped = (flags: readonly string[], shell: string, script: string): UserTerminal =>
    home.terminal([...startArgs('bubblewrap', []), ...flags, '--', 'sh', '-c', script], { shell });

  test('output in a pipe is filtered, and the user gets a note about removed sequences', async () => {
    const terminal = piped(
      [],
      '"$@" | tee log; echo over',
      `${HOSTILE}; echo; printf "\\033[1mbold\\033[0m\\n"`,
    );
    await terminal.shows(/link[^]*bold[^]*over/);
    expect(terminal.title()).toBe('');
    expect(terminal.received()).toContain('\u001b[1mbold\u001b[0m');
    expect(terminal.received()).not.toMatch(REACHES_BEYOND);
    await terminal.shows(/For every byte: --raw/);
    expect(readFileSync(join(home.dir, 'log'), 'latin1')).not.toMatch(REACHES_BEYOND);

    const raw = piped(['--raw'], '"$@" | tee log; echo over', HOSTILE);
    await raw.shows(/over/);
    expect(raw.title()).toBe('evil');
  });

  test('output with --raw, or into a file, is every byte', async () => {
    const readBack = (name: string): Buffer => readFileSync(join(home.dir, name));
    for (const [flags, shell] of [
      [[], '"$@" > file'],
      [['--raw'], '"$@" | cat > raw'],
    ] as const)
      expect(await piped(flags, shell, BINARY).ended()).toBe(0);
    expect(readBack('file')).toEqual(ALL_BYTES);
    expect(readBack('raw')).toEqual(ALL_BYTES);
  });
});
