import * as z from 'zod';
import { BottleError } from '../../../errors.ts';
import { run, runOrThrow } from '../../../host/run.ts';
import { freeRanges, isFree6, type Range } from './range.ts';

/**
 * A pair of interfaces, one on this host and one in the network beyond, and a route between them. It changes nothing
 * else of the host.
 */

const ROUTES = z.array(z.object({ dst: z.string().default('default') }));
/** Concurrent runs of verify may take some ranges. */
const MOST_TRIES = 16;

/** The link and the route that lead to the network beyond. */
export interface WayBeyond {
  /** This host's end of the pair. */
  readonly link: string;
  readonly range: Range;
  readonly hasIp6: boolean;
  remove(): Promise<void>;
}

const PREFIX = 'beyond';

/** Returns whether an interface of this name is one end of such a pair. */
export const leadsBeyond = (link: string): boolean => new RegExp(`^${PREFIX}\\d+$`).test(link);

/**
 * Connects this host to the separate network namespace of this process. The kernel removes the link with that process.
 * @throws BottleError `dependencyMissing` when ip(8) or nsenter(1) is missing, fails or lacks permission, or no range
 * is free; `verifyFailed` when other processes took every free range
 */
export async function leadBeyond(pid: number): Promise<WayBeyond> {
  const link = `${PREFIX}${pid}`;
  await ip('link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(pid));
  // If the removal fails, the link is already gone, or goes with the process.
  const remove = async (): Promise<void> => void (await run('ip', ['link', 'delete', link]));
  try {
    // Avoids another link-local address of this host. Fails without IPv6, where there is none anyway.
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

/** The kernel refuses to add the same route twice, so adding it claims the range. */
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

/** Returns false if this host has no IPv6, or uses such addresses itself. */
async function leadByIp6(range: Range, link: string, pid: number): Promise<boolean> {
  try {
    if (!isFree6(await destinations('-6'))) return false;
    // `nodad`: no other host can have the same address.
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

/** English error messages, because `whyNobody` (beyond.ts) matches them. */
const PLAIN_WORDS = { env: { LC_ALL: 'C' } };

const ip = async (...args: readonly string[]): Promise<string> => await runOrThrow('ip', args, PLAIN_WORDS);

const inNetworkOf =
  (pid: number) =>
  async (...args: readonly string[]): Promise<string> =>
    await runOrThrow('nsenter', [`--net=/proc/${pid}/ns/net`, 'ip', ...args], PLAIN_WORDS);
