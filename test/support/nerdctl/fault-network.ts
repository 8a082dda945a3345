import { execFileSync } from 'node:child_process';
import { hasFault } from './settings.ts';
import type { Call } from './verbs/context.ts';

/** The fault `none-has-a-network`: an interface with a way to this host, and a default route by it, in a container's network. */

const NAME = 'eth0';
const THIRDS = 256;

/** Lays it, where it is told to. It goes with the container's network. */
export function addNetworkIfTold({ settings }: Call, pid: number): void {
  if (!hasFault(settings, 'none-has-a-network')) return;
  const third = pid % THIRDS;
  const [outside, inside] = [`10.231.${third}.1`, `10.231.${third}.2`];
  const link = `nst${pid}`;
  const ip = (...args: readonly string[]): void => void execFileSync('ip', args, { stdio: 'ignore' });
  const within = (...args: readonly string[]): void =>
    void execFileSync('nsenter', [`--net=/proc/${pid}/ns/net`, 'ip', ...args], { stdio: 'ignore' });
  ip('link', 'add', link, 'type', 'veth', 'peer', 'name', NAME, 'netns', String(pid));
  ip('address', 'add', `${outside}/24`, 'dev', link);
  ip('link', 'set', link, 'up');
  within('address', 'add', `${inside}/24`, 'dev', NAME);
  within('link', 'set', NAME, 'up');
  within('route', 'add', 'default', 'via', outside);
}
