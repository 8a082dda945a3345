import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { openAppleHome, type AppleHome } from '../apple/apple-home.ts';
import { layOutPrograms } from './bin.ts';
import { outcomeOf, type CallOptions, type Outcome } from '../outcome.ts';
import { openTerminal, type UserTerminal } from '../terminal.ts';

/**
 * The built program on a host that looks like a Mac to it (test/support/macos), with the stand-in for Apple's
 * `container`.
 */
export interface MacHome {
  readonly apple: AppleHome;
  spawn(args: readonly string[], options?: CallOptions): ChildProcess;
  run(args: readonly string[], options?: CallOptions): Promise<Outcome>;
  /** Runs Node alone, as this host has it. */
  node(args: readonly string[]): Promise<Outcome>;
  terminal(args: readonly string[]): UserTerminal;
  close(): Promise<void>;
}

/** Lays out the home. */
export async function openMacHome(): Promise<MacHome> {
  const apple = await openAppleHome();
  chmodSync(apple.dir, 0o755); // another user makes the attempts in the open
  const binDir = layOutPrograms(join(apple.dir, 'mac'), apple.standIn.binDir);
  const command = (args: readonly string[]): readonly [string, ...string[]] => [
    join(binDir, 'node'),
    apple.cliPath,
    ...args,
  ];
  const env = { ...apple.env, PATH: binDir };
  const start = (args: readonly string[], options: CallOptions = {}): ChildProcess => {
    const [program, ...rest] = command(args);
    return spawn(program, rest, { env: { ...env, ...options.env }, cwd: options.cwd ?? '/' });
  };
  return {
    apple,
    spawn: start,
    node: async (args) => await outcomeOf(spawn(join(binDir, 'node'), args, { env })),
    run: async (args, options = {}) => await outcomeOf(start(args, options), options),
    terminal: (args) => openTerminal(command(args), { env }),
    close: async () => await apple.close(),
  };
}
