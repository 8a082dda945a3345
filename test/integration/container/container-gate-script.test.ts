import { spawn as spawnTerminal } from '@lydell/node-pty';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import {
  gated,
  NOT_OPENED,
  openingWord,
  packed,
  packedWithImage,
  unpacked,
} from '../../../src/drivers/container/agent/gate.ts';
import { NO_INPUT, toFrames } from '../../../src/drivers/container/agent/input-frames.ts';

/** Uses the shell of this host; test/integration/container/container-gate.test.ts tests the engines' own. */

const PROGRAM = ['printf', '<%s>', 'two words', '', '*', '$HOME'];
const PRINTED = '<two words><><*><$HOME>';
const A_WHILE_MS = 300;

describe('the gate, without a terminal', () => {
  const start = (argv: readonly string[]) => {
    const [program = '', ...args] = gated(argv);
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    return { child, output: text(child.stdout), complaint: text(child.stderr), ended: once(child, 'close') };
  };

  it('the gate runs nothing before it is opened', async () => {
    const { child, output, ended } = start(PROGRAM);
    let hasSaidSomething = false;
    child.stdout.on('data', () => (hasSaidSomething = true));
    await sleep(A_WHILE_MS);
    expect({ hasSaidSomething, exitCode: child.exitCode }).toEqual({
      hasSaidSomething: false,
      exitCode: null,
    });
    child.stdin.end(openingWord(false));
    expect([await output, await ended]).toEqual([PRINTED, [0, null]]);
  });

  it('the gate leaves all input after its word to the program', async () => {
    const { child, output } = start(['cat']);
    child.stdin.end(`${openingWord(false)}first\nsecond`);
    expect(await output).toBe('first\nsecond');
  });

  it('the gate stays shut when its launcher is gone', async () => {
    const { child, output, complaint, ended } = start(PROGRAM);
    child.stdin.end();
    expect([await output, await ended]).toEqual(['', [NOT_OPENED, null]]);
    expect(await complaint).toBe('bot-bottle: ended before it was let go\n');
  });

  it('the gate reports a program that does not exist', async () => {
    const { child, ended } = start(['no-such-program']);
    child.stdin.end(openingWord(false));
    expect(await ended).toEqual([127, null]);
  });
});

/** The engine's stream stays open all the time, as for a runtime that ends output with input. */
describe('input in frames', () => {
  const start = (argv: readonly string[], input: Readable | undefined, isGated = true) => {
    const [program = '', ...args] = isGated ? gated(argv, 'frames') : unpacked(argv, 'frames');
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    if (isGated) child.stdin.write(openingWord(false));
    if (input === undefined) child.stdin.write(NO_INPUT);
    else input.pipe(toFrames()).pipe(child.stdin, { end: false });
    const exit = new Promise((resolve) => child.once('exit', resolve));
    child.once('exit', () => child.stdin.end());
    child.stdin.on('error', () => undefined); // a program need not read all of its input
    return { child, output: buffer(child.stdout), complaint: text(child.stderr), exit };
  };

  it.each([
    ['of the gate', true],
    ['of an exec', false],
  ])('framed input gives the program %s its end of file while it goes on writing', async (_of, isGated) => {
    const script = 'echo first; cat; echo second; echo third >&2';
    const { output, complaint, exit } = start(['sh', '-c', script], Readable.from(['in\n']), isGated);
    expect([await exit, String(await output), await complaint]).toEqual([
      0,
      'first\nin\nsecond\n',
      'third\n',
    ]);
  });

  it('framed input gives end of file where there is no input', async () => {
    const { output, exit } = start(['sh', '-c', 'cat; echo done'], undefined);
    expect([await exit, String(await output)]).toEqual([0, 'done\n']);
  });

  it('framed input changes no byte, and loses none of a large input', async () => {
    const bytes = randomBytes(1_000_003);
    const pieces = [bytes.subarray(0, 1), bytes.subarray(1, 70_000), bytes.subarray(70_000)];
    const { output, exit } = start(['cat'], Readable.from(pieces));
    expect(await exit).toBe(0);
    expect((await output).equals(bytes)).toBe(true);
  });

  it('framed input waits for late input while the program writes', async () => {
    const input = new PassThrough();
    const { child, output } = start(['sh', '-c', 'echo ready; read -r line; echo "$line"'], input);
    await once(child.stdout, 'data');
    input.end('late\n');
    expect(String(await output)).toMatch(/late\n$/);
  });

  it('framed input ends with its launcher', async () => {
    const { child, output } = start(['sh', '-c', 'cat; echo end'], new PassThrough());
    await sleep(A_WHILE_MS);
    child.stdin.end();
    expect(String(await output)).toBe('end\n');
  });

  it('framed input leaves the program no child, variable or descriptor', async () => {
    const script =
      'read -r children </proc/$$/task/$$/children; echo "[$children]"; [ -e /proc/$$/fd/3 ] || echo closed; ' +
      'env | grep -c BOT_BOTTLE_INPUT; ls -A /tmp | grep bot-bottle-input-$$';
    const { output } = start(['sh', '-c', script], Readable.from([]));
    expect(String(await output)).toBe('[]\nclosed\n0\n');
  });
});

describe('the gate, on a terminal', () => {
  const start = (argv: readonly string[]) => {
    const [program = '', ...args] = gated(argv);
    const terminal = spawnTerminal(program, args, { cols: 80, rows: 24 });
    let said = '';
    terminal.onData((data) => (said += data));
    const ended = new Promise<number>((resolve) => terminal.onExit(({ exitCode }) => resolve(exitCode)));
    return { terminal, ended, said: () => said };
  };

  it('the gate opens without a trace on the terminal, and leaves the input to the program', async () => {
    // The program waits for its reader: a terminal whose program has exited may lose the last output.
    const program = 'read -r line; echo "got $line"; read -r end';
    const { terminal, ended, said } = start(['sh', '-c', program]);
    await sleep(A_WHILE_MS);
    expect(said()).toBe('');
    terminal.write(`${openingWord(true)}hello\r`);
    await expect.poll(said, { timeout: 20_000 }).toBe('hello\r\ngot hello\r\n');
    terminal.write('\r');
    expect(await ended).toBe(0);
  });

  it('the gate stays shut when its terminal closes', async () => {
    const { terminal, ended, said } = start(PROGRAM);
    await sleep(A_WHILE_MS);
    terminal.kill('SIGHUP');
    await ended;
    expect(said()).toBe('');
  });
});

describe.each(['dash', 'bash'])('environment that travels packed to a gate of %s', (name) => {
  const ran = async (argv: readonly string[], env: Readonly<Record<string, string>>) => {
    const [, ...args] = argv;
    const child = spawn(`/bin/${name}`, args, { argv0: 'sh', env: { ...env }, stdio: 'pipe' });
    child.stdin.end(openingWord(false));
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return { stdout, stderr };
  };
  const EVIL = { LD_PRELOAD: '/not/there.so', BASH_ENV: '/not/there.sh', ENV: '/not/there.sh' };

  it('packed variables reach only the program, unchanged', async () => {
    const env = { ...EVIL, TEXT: 'a  "b" $c `d` \\\n e\n', EMPTY: '', PATH: '/usr/bin:/bin' };
    const print = ['/usr/bin/env', '-0'];
    const { stdout, stderr } = await ran(gated(print), packed(env));
    const given = stdout.split('\0').filter((line) => !/^(PWD|_|SHLVL|OLDPWD|)(=|$)/.test(line));
    expect(given.sort()).toEqual(
      Object.entries(env)
        .map(([key, value]) => `${key}=${value}`)
        .sort(),
    );
    // Only the loader of env itself complains: with plain variables, the shell's loader does so too.
    expect(stderr.match(/not\/there\.so/g)).toHaveLength(1);
    const plain = await ran(gated(print), env);
    expect(plain.stderr.match(/not\/there\.so/g)?.length).toBeGreaterThan(1);
  });

  it('packed variables come from the image, then the bottle, then the exec', async () => {
    const container = packedWithImage(
      { B: 'bottle', C: 'bottle' },
      { A: 'image', B: 'image', C: 'image', LD_PRELOAD: '' },
    );
    const env = { ...container, ...packed({ C: 'exec' }, 'EXEC') };
    const { stdout } = await ran(
      unpacked(['/bin/sh', '-c', 'echo "$A $B $C"; env | grep -c BOT_BOTTLE']),
      env,
    );
    expect(stdout).toBe('image bottle exec\n0\n');
  });
});
