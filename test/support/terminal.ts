import { setTimeout as sleep } from 'node:timers/promises';
import { spawn } from '@lydell/node-pty';
import headless from '@xterm/headless';

/** A user's terminal: a real PTY, and an emulator that draws the output and answers queries. */
export interface UserTerminal {
  /** Returns the visible lines, without blanks at their ends. */
  screen(): string[];
  /** Returns all output so far. */
  received(): string;
  /** Whether the emulator shows its second screen, which full-screen programs use. */
  isFullScreen(): boolean;
  title(): string;
  type(keys: string): void;
  resize(columns: number, rows: number): void;
  /** Waits until the screen matches. @throws Error with the screen if it does not in time */
  shows(pattern: RegExp): Promise<RegExpExecArray>;
  /** Waits for the end; returns the exit code as in a shell. */
  ended(): Promise<number>;
  /** The process id of the program in the terminal. */
  readonly pid: number;
}

export interface TerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A script around the program, which is "$@" in it. */
  readonly shell?: string;
}

/** Keys as a terminal sends them. */
export const KEYS = {
  interrupt: '\u0003',
  suspend: '\u001a',
  endOfFile: '\u0004',
  detach: '\u0010\u0011',
} as const;

const PATIENCE_MS = 45_000;
const LOOK_EVERY_MS = 20;

/** Opens a terminal with a program in it. */
export function openTerminal(command: readonly string[], options: TerminalOptions = {}): UserTerminal {
  const size = { cols: options.columns ?? 80, rows: options.rows ?? 24 };
  const wrapped = options.shell === undefined ? command : ['sh', '-c', options.shell, 'sh', ...command];
  const [file = '', ...args] = wrapped;
  const pty = spawn(file, args, {
    ...size,
    cwd: options.cwd ?? '/',
    env: { ...options.env, TERM: 'xterm-256color' },
  });
  const emulator = new headless.Terminal({ ...size, allowProposedApi: true, scrollback: 1_000 });
  let received = '';
  let title = '';
  let exitCode: number | undefined;
  pty.onData((data) => {
    received += data;
    emulator.write(data);
  });
  pty.onExit(({ exitCode: code, signal }) => (exitCode = signal ? 128 + signal : code));
  emulator.onData((answer) => pty.write(answer));
  emulator.onTitleChange((text) => (title = text));
  const screen = (): string[] => linesOf(emulator);
  const until = async <T>(look: () => T | undefined, what: string): Promise<T> => {
    for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await sleep(LOOK_EVERY_MS)) {
      const found = look();
      if (found !== undefined) return found;
    }
    throw new Error(`${what}; exit code ${exitCode}, and the terminal shows:\n${screen().join('\n')}`);
  };
  return {
    pid: pty.pid,
    screen,
    received: () => received,
    isFullScreen: () => emulator.buffer.active.type === 'alternate',
    title: () => title,
    type: (keys) => pty.write(keys),
    resize: (columns, rows) => {
      emulator.resize(columns, rows);
      pty.resize(columns, rows);
    },
    shows: async (pattern) =>
      await until(() => pattern.exec(screen().join('\n')) ?? undefined, `no ${pattern}`),
    ended: async () => await until(() => exitCode, 'it does not end'),
  };
}

/** The visible lines, and on the ordinary screen those that have scrolled out of sight. */
function linesOf({ buffer: { active }, rows }: headless.Terminal): string[] {
  const lines = Array.from(
    { length: active.baseY + rows },
    (_, row) => active.getLine(row)?.translateToString(true) ?? '',
  );
  return lines.slice(0, lines.findLastIndex((line) => line !== '') + 1);
}
