import { BottleError, AGAIN_OR_REPORT, REPORT_IT, linesOf } from '../../../errors.ts';
import { isRoot } from '../../../host/user.ts';
import { DNS_PORT, WEB_PORTS } from '../../probes/ways/aims.ts';
import { startListener, type Answer, type Listener } from './beyond-listener.ts';
import { isHeard } from './heard-beyond.ts';
import type { Range } from './range.ts';
import type { Settled } from '../listeners/settled.ts';
import { leadBeyond, type WayBeyond } from './way-beyond.ts';

/**
 * Listeners, including a DNS server, beyond this host: in a separate network namespace that this host routes to. They
 * receive what a bottle sends out of this host past its gateway; it never leaves the machine.
 */
export interface Beyond extends AsyncDisposable {
  /** Why there are no listeners; undefined if there are. */
  readonly missing: string | undefined;
  readonly at: BeyondAddresses | undefined;
  /** The interface of this host that leads to them. */
  readonly link?: string;
  /** Listens by TCP and UDP. @throws BottleError `verifyFailed` when it cannot listen, or the listener has ended */
  listenOn(port: number): Promise<void>;
  /** Returns the ways by which a nonce came. */
  heard(nonce: string): readonly string[];
  /** Waits until all earlier messages are read, and checks again that this host can reach the listeners. */
  settle(): Promise<Settled>;
}

export interface BeyondAddresses {
  readonly ip4: string;
  readonly ip6?: string;
}

/**
 * Creates that network, and checks that it hears this host; if this host cannot have one, `missing` says why.
 * @throws BottleError `verifyFailed` when this host can have one, but creating it failed or it hears nothing
 */
export async function openBeyond(): Promise<Beyond> {
  const listener = startListener();
  let way: WayBeyond | undefined;
  const end = async (): Promise<void> => {
    await way?.remove();
    await listener[Symbol.asyncDispose]();
  };
  try {
    const first = await listener.next();
    if (typeof first === 'string')
      throw new BottleError('dependencyMissing', first, { fix: AGAIN_OR_REPORT });
    way = await leadBeyond(listener.pid);
    for (const port of [DNS_PORT, ...WEB_PORTS]) await listenOn(listener, port);
    const families = await endsOf(listener, way);
    return { ...listening(listener, families, end), link: way.link };
  } catch (error) {
    await end().catch(() => undefined); // the listener ends with this process
    const why = whyNobody(error, isRoot());
    if (why !== undefined) return nobody(why);
    if (error instanceof BottleError && error.code === 'verifyFailed') throw error;
    throw new BottleError('verifyFailed', 'no listener could be started beyond this host', {
      details: linesOf(error),
      fix: error instanceof BottleError ? error.fix : REPORT_IT,
      cause: error,
    });
  }
}

type Families = readonly [ip4: Ends, ip6?: Ends];
interface Ends {
  readonly from: string;
  readonly to: string;
}

/**
 * Returns the address pairs by which the listener hears this host.
 * @throws BottleError `verifyFailed` when it does not by IPv4
 */
async function endsOf(listener: Listener, { range, hasIp6 }: WayBeyond): Promise<Families> {
  const [ends4, ends6] = endsIn(range);
  if (await isDeaf(listener, ends4)) {
    throw new BottleError('verifyFailed', `this host itself is not heard beyond it, at ${ends4.to}`, {
      fix: 'look for a filter (nft list ruleset), or a rule before the table main (ip rule), that keeps this host from it',
    });
  }
  return hasIp6 && !(await isDeaf(listener, ends6)) ? [ends4, ends6] : [ends4];
}

const endsIn = ({ host4, beyond4, host6, beyond6 }: Range): readonly [Ends, Ends] => [
  { from: host4, to: beyond4 },
  { from: host6, to: beyond6 },
];

const isDeaf = async (listener: Listener, ends: Ends): Promise<boolean> =>
  !(await isHeard(listener, { ...ends, port: DNS_PORT }));

function listening(listener: Listener, families: Families, end: () => Promise<void>): Beyond {
  const [{ to: ip4 }, ends6] = families;
  const at = { ip4, ...(ends6 === undefined ? {} : { ip6: ends6.to }) };
  return {
    missing: undefined,
    at,
    listenOn: async (port) => await listenOn(listener, port),
    heard: listener.heard,
    settle: async () => {
      const answer = await listener.ask('');
      if (typeof answer === 'string') return settledAt(at, answer, []);
      const deaf = await Promise.all(
        families.map(async (ends) => (ends !== undefined && (await isDeaf(listener, ends)) ? [ends.to] : [])),
      );
      return settledAt(at, answer, deaf.flat());
    },
    [Symbol.asyncDispose]: end,
  };
}

/** Returns the report from the listener's answer and the addresses where it hears nothing. Pure. */
export function settledAt(at: BeyondAddresses, answer: Answer, deafAt: readonly string[]): Settled {
  if (typeof answer === 'string' || !('looked' in answer)) {
    const why = typeof answer === 'string' ? answer : JSON.stringify(answer);
    const said = `the listeners beyond this host ended, or cannot be asked: ${why}`;
    return { said, missed: said };
  }
  const addresses = [at.ip4, at.ip6].filter((address) => address !== undefined).join(' and ');
  return {
    said: `listeners and a DNS server in a network of their own at ${addresses}: ${answer.looked} messages looked at`,
    missed:
      deafAt.length === 0
        ? undefined
        : `this host itself is heard no more beyond it, at ${deafAt.join(' and ')}`,
  };
}

async function listenOn(listener: Listener, port: number): Promise<void> {
  const answer = await listener.ask(String(port));
  if (typeof answer !== 'string' && 'listens' in answer) return;
  throw new BottleError('verifyFailed', `nothing listens on port ${port} beyond this host`, {
    details: [typeof answer === 'string' ? answer : JSON.stringify(answer)],
    fix: AGAIN_OR_REPORT,
  });
}

/** Stands in when there are no listeners beyond; the listeners on this host remain. */
const nobody = (why: string): Beyond => ({
  missing: why,
  at: undefined,
  listenOn: async () => await Promise.resolve(),
  heard: () => [],
  settle: async () => await Promise.resolve({ said: why, missed: why }),
  [Symbol.asyncDispose]: async () => await Promise.resolve(),
});

/** Error messages that mean that this host lacks something: a program, the kernel feature, or free addresses. */
const HAS_NONE = [
  /is not installed|no unshare\(1\) here|execute '?perl'?: No such file/,
  // Kernels without such interfaces or namespaces, and an ip(8) that is not from iproute2.
  /not supported|not implemented|Unknown device type|BusyBox/,
  /has routes to all networks of documents/,
];

const FORBIDDEN = /not permitted/;

/**
 * Returns why this host cannot have listeners beyond it, for the report; undefined if the error is a failure of ours.
 * Pure.
 */
export function whyNobody(error: unknown, isRoot: boolean): string | undefined {
  if (!(error instanceof BottleError) || error.code !== 'dependencyMissing') return undefined;
  const complaint = linesOf(error).join('; ');
  if (FORBIDDEN.test(complaint)) {
    return `not possible ${isRoot ? 'as a root' : 'as an ordinary user'} without CAP_SYS_ADMIN and CAP_NET_ADMIN`;
  }
  return HAS_NONE.some((words) => words.test(complaint)) ? `not possible: ${complaint}` : undefined;
}
