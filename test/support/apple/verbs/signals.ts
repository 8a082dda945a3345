import { constants } from 'node:os';
import { Failure } from '../failure.ts';
import { complain } from './context.ts';

/** Signals: by name or number, and those that the program hands on. */

/** @throws Failure for a name that is none */
export function signalNumber(text: string): number {
  const name = text.toUpperCase();
  const number = /^\d+$/.test(text)
    ? Number(text)
    : (constants.signals as Readonly<Record<string, number>>)[name.startsWith('SIG') ? name : `SIG${name}`];
  if (number === undefined) throw new Failure('invalidArgument', `invalid signal: ${text}`);
  return number;
}

/** Of apple/container ProcessIO.swift. */
const HANDED_ON = ['SIGTERM', 'SIGINT', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH'] as const;
const THRESHOLD = 3;

/** Without a terminal they go to the program inside; with one they are taken and dropped. The third INT or TERM ends this one. */
export function handSignalsOn(send: ((signal: NodeJS.Signals) => void) | undefined): void {
  let count = 0;
  for (const signal of HANDED_ON)
    process.on(signal, () => {
      if (send === undefined) return;
      if (signal === 'SIGTERM' || signal === 'SIGINT') count += 1;
      if (count >= THRESHOLD) {
        complain("Received 3 SIGINT/SIGTERM's, forcefully exiting.");
        process.exit(1); // oxlint-disable-line unicorn/no-process-exit -- as the real one does
      }
      send(signal);
    });
}
