/**
 * Numbers of signals in a bottle, which is always Linux's: signal(7), those of x86 and ARM. The host's may be others: SIGUSR1 is 30 on macOS.
 */
const NUMBERS: Readonly<Partial<Record<NodeJS.Signals, number>>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGCHLD: 17,
  SIGCONT: 18,
  SIGSTOP: 19,
  SIGTSTP: 20,
  SIGTTIN: 21,
  SIGTTOU: 22,
  SIGWINCH: 28,
};

/** @throws Error for one that nobody forwards */
export function guestSignal(name: NodeJS.Signals): number {
  const number = NUMBERS[name];
  if (number === undefined) throw new Error(`${name} is not forwarded to a bottle`);
  return number;
}
