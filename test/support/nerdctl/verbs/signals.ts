import { constants } from 'node:os';
import { Failure } from '../failure.ts';

/** A signal by its number or name (moby/sys/signal: ParseSignal). @throws Failure */
export function parseSignal(text: string): number {
  if (/^\d+$/.test(text)) {
    if (Number(text) === 0) throw new Failure(`invalid signal: ${text}`);
    return Number(text);
  }
  const name = text.toUpperCase().replace(/^SIG/, '');
  const realTime = /^RTM(IN|AX)([+-]\d+)?$/.exec(name);
  if (realTime !== null) return (realTime[1] === 'IN' ? 34 : 64) + Number(realTime[2] ?? 0);
  const number = (constants.signals as Readonly<Record<string, number>>)[`SIG${name}`];
  if (number === undefined) throw new Failure(`invalid signal: ${text}`);
  return number;
}
