import * as z from 'zod';
import { BottleError } from '../../../errors.ts';
import { run, runOrThrow } from '../../../host/run.ts';
import { freeRanges, isFree6, type Range } from './range.ts';

/** A pair of interfaces, one of this host and one of a network beyond, and a route between: no more of the host is touched. */

const ROUTES = z.array(z.object({ dst: z.string().default('default') }));
/** Others that verify here take some at the same time. */
const MOST_TRIES = 16;

/** What leads there. */
export interface WayBeyond {
  /** This host's end of the pair. */
  readonly link: string;
  readonly range: Range;
  readonly hasIp6: boolean;
  remove(): Promise<void>;
}

const PREFIX = 'beyond';

/** Whether an interface of this name is one end of such a pair. */
export const leadsBeyond = (link: string): boolean => new RegExp(`^${PREFIX}\\d+$`).test(link);

/**
 * Leads from here into the network of this process, which is its own. All of it goes with that process.
 * @throws BottleError `dependencyMissing` where ip(8) or nsenter(1) is not there, fails or may not, or no range is free;
 * `verifyFailed` where others took all that were
 */
export async function leadBeyond(pid: number): Promise<WayBeyond> {
  const link = `${PREFIX}${pid}`;
  await ip('link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(pid));
  // Where it cannot be removed it is gone already, or goes with the process.
  const remove = async (): Promise<void> => void (await run('ip', ['link', 'delete', link]));
  try {
    // No link-local address of this host more; without IPv6 there is none anyway.
    await run('ip', ['link', 'set', link, 'addrgenmode', 'none']);
    await ip('link', 'set', link, 'up');
    const range = await claim(link);
    await ip('address', 'add', `${range.host4}/30`, 'dev', link, 'noprefixroute');
    const within = inNetworkOf(pid);
    await within('link', 'set', 'lo', 'up');
    await within('link', 'set', 'eth0', 'up');
    await within('address', 'add', `${range.beyond4}/30`, 'dev', 'eth0');
    await within('route', 'add', 'default', 'via', range.host4);
    return { link, range, hasIp6: await leadByIp6(range, link, pid), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** A route is there once or not at all: who has added it has the range. */
async function claim(link: string): Promise<Range> {
  const free = freeRanges(await destinations('-4'));
  if (free.length === 0) {
    throw new BottleError(
      'dependencyMissing',
      'this host has routes to all networks for documentation (RFC 5737)',
      {
        fix: 'remove the route to one of 192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24; ip route lists them',
      },
    );
  }
  for (const range of free.slice(0, MOST_TRIES)) {
    try {
      await ip('route', 'add', range.ip4, 'dev', link);
      return range;
    } catch (error) {
      if (!(error instanceof BottleError) || !error.details.join('\n').includes('File exists')) throw error;
    }
  }
  throw new BottleError('verifyFailed', 'others on this host took each network that was free', {
    fix: 'run bot-bottle verify again',
  });
}

/** False where this host speaks none, or uses such addresses itself. */
async function leadByIp6(range: Range, link: string, pid: number): Promise<boolean> {
  try {
    if (!isFree6(await destinations('-6'))) return false;
    // There is nobody to have the same address.
    await ip('-6', 'address', 'add', `${range.host6}/126`, 'dev', link, 'nodad');
    await inNetworkOf(pid)('-6', 'address', 'add', `${range.beyond6}/126`, 'dev', 'eth0', 'nodad');
    await inNetworkOf(pid)('-6', 'route', 'add', 'default', 'via', range.host6);
    return true;
  } catch {
    return false;
  }
}

const destinations = async (family: '-4' | '-6'): Promise<readonly string[]> =>
  ROUTES.parse(JSON.parse((await ip('-json', family, 'route', 'show', 'table', 'all')) || '[]')).map(
    ({ dst }) => dst,
  );

/** What they complain of is read: why-nobody.ts. */
const PLAIN_WORDS = { env: { LC_ALL: 'C' } };

const ip = async (...args: readonly string[]): Promise<string> => await runOrThrow('ip', args, PLAIN_WORDS);

const inNetworkOf =
  (pid: number) =>
  async (...args: readonly string[]): Promise<string> =>
    await runOrThrow('nsenter', [`--net=/proc/${pid}/ns/net`, 'ip', ...args], PLAIN_WORDS);
