import type { Targets } from '../arena/targets.ts';
import { inTunnel, raw, textOf } from '../guest/requests.ts';
import { all, NOT_MADE, open, proxy, send, within } from '../guest/wire.ts';
import type { Attempt, Probe } from './probe.ts';
import { ask, type LenderName } from './secrets/lender.ts';

/**
 * An allowed host redirects to a target that the bottle must not reach. A client that follows it carries the nonce
 * there.
 */

/** The form of the redirect: a status with `Location`, or the `Refresh` header, which browsers follow. */
type Form = '300' | '301' | '302' | '303' | '307' | '308' | 'refresh';
const FORMS: readonly Form[] = ['300', '301', '302', '303', '307', '308', 'refresh'];

const hidden = (text: string): string => Buffer.from(text).toString('base64url');

/** Returns the path that requests this redirect. */
const redirectPath = (form: Form, location: string): string => `/redirect/${form}/${hidden(location)}`;

/** Encodes the nonce, so that it is heard only at the redirect's target and not on the wire before. */
const ledPath = (nonce: string): string => `/led/${hidden(nonce)}`;

/** Returns where an allowed host redirects to. @throws Error with the status line when the answer is no redirect */
async function askedOf({ names, port }: Targets, form: Form, location: string): Promise<string> {
  const at = `${names.http}:${port}`;
  const target = `http://${at}${redirectPath(form, location)}`;
  const answer = await send(await open(proxy()), textOf({ target, lines: [`Host: ${at}`] }));
  const [, led] = /^(?:location: *|refresh: *0; *url=)(.*)$/im.exec(answer) ?? [];
  if (led === undefined) throw new Error(answer.split('\r\n')[0] || 'connection closed');
  return led.trim();
}

/**
 * Follows a redirect as careful clients do, with the host parsed from the URL, and as careless ones do, with the URL
 * unchanged.
 */
async function follow({ names, port }: Targets, location: string): Promise<void> {
  const url = new URL(location, `http://${names.http}:${port}/`);
  const path = `${url.pathname}${url.search}`;
  const lines = [`Host: ${url.host}`];
  const asIs = location.startsWith('//') ? `http:${location}` : location;
  await all([
    raw(textOf({ target: `http://${url.host}${path}`, lines })),
    raw(textOf({ target: asIs, lines })),
    inTunnel(url.host, textOf({ target: path, lines })),
  ]);
}

/** Concurrency limit for one bottle: a request refused for overload proves nothing. */
const AT_ONCE = 4;
/** Timeout of all requests together, in milliseconds. */
const ASK_MS = 5_000;
/** Limit of tried addresses: other probes test that every address of the host is closed. */
const MOST_ADDRESSES = 2;

async function inTurns<From, To>(
  from: readonly From[],
  make: (one: From) => Promise<To>,
): Promise<readonly To[]> {
  const made: To[] = [];
  for (let at = 0; at < from.length; at += AT_ONCE) {
    made.push(...(await Promise.all(from.slice(at, at + AT_ONCE).map(make))));
  }
  return made;
}

/** Returns all answers. @throws Error `NOT_MADE` when not all are redirects, because none could be followed */
async function allAsked<To>(asks: readonly (() => Promise<To>)[]): Promise<readonly To[]> {
  try {
    return await within(
      ASK_MS,
      inTurns(asks, (ask) => ask()),
    );
  } catch (cause) {
    throw new Error(NOT_MADE, { cause });
  }
}

interface Step {
  readonly form: Form;
  /** The origin of the redirect's target; its path contains the nonce. */
  readonly origin: string;
}

/**
 * Returns an attempt that obtains all redirects before it follows one, so that one that is heard proves that all came.
 * @throws as `all` and `allAsked`
 */
const following =
  (steps: (t: Targets) => readonly Step[]): Attempt =>
  async (t, nonce) => {
    const asks = steps(t).map(
      ({ form, origin }, index) =>
        () =>
          askedOf(t, form, `${origin}${ledPath(`${nonce}v${index + 1}`)}`),
    );
    const locations = await allAsked(asks);
    const ends = await inTurns(locations, (location) =>
      follow(t, location).then(
        () => undefined,
        (reason: unknown) => ({ reason }),
      ),
    );
    await all(
      ends.map(async (failure) => {
        if (failure !== undefined) throw failure.reason;
      }),
    );
  };

const inEachForm = (origin: string): readonly Step[] => FORMS.map((form) => ({ form, origin }));
const by302 = (origins: readonly string[]): readonly Step[] =>
  origins.map((origin) => ({ form: '302', origin }));

const ownAddresses = ({ addresses }: Targets): readonly string[] => [
  '127.0.0.1',
  ...addresses.ip4.slice(0, MOST_ADDRESSES),
];

/**
 * Returns redirects to the name that is not allowed in each form, and to addresses of the host that look like an
 * allowed host.
 */
const elsewhere = (t: Targets): readonly Step[] => {
  const { names, port } = t;
  return [
    ...inEachForm(`http://${names.other}:${port}`),
    ...by302([
      `//${names.other}:${port}`,
      `http://${names.http}:${port}@${names.other}:${port}`,
      ...ownAddresses(t).flatMap((address) => [
        `http://${address}:${port}`,
        `http://${names.http}@${address}:${port}`,
      ]),
    ]),
  ];
};

const allowed = ({ names, port }: Targets): readonly Step[] => inEachForm(`http://${names.http}:${port}`);

/** Requests a redirect from a host that speaks TLS. @throws Error with the status when the answer is no redirect */
async function askedByTls(t: Targets, name: LenderName, location: string): Promise<void> {
  const answer = await ask(t, name, { path: redirectPath('307', location) });
  if (!answer.startsWith('307 ')) throw new Error(answer.split('\n')[0]);
}

/** Requests redirects and follows none: from the plain host, and from both TLS hosts, which the gateway opens. */
const onlyAsking: Attempt = async (t, nonce) => {
  const { names, port } = t;
  const ledTo = (host: string): string => `http://${host}:${port}${ledPath(nonce)}`;
  const own = ownAddresses(t).map(ledTo);
  const everywhere = [ledTo(names.http), ...own];
  await allAsked<unknown>([
    ...FORMS.map((form) => () => askedOf(t, form, ledTo(names.http))),
    ...own.map((location) => () => askedOf(t, '302', location)),
    ...(['opened', 'lends'] as const).flatMap((name) =>
      everywhere.map((location) => () => askedByTls(t, name, location)),
    ),
  ]);
};

/** Deadline in milliseconds; longer than requests and redirects take together. */
const DEADLINE_MS = 20_000;

const redirect = {
  family: 'hosts',
  oracle: { kind: 'canary' },
  control: 'canary',
  breach: 'is led by an allowed host to where no rule lets it',
} as const;

export const REDIRECTS: readonly Probe[] = [
  {
    ...redirect,
    id: 'redirect-elsewhere',
    claim: 'A redirect of an allowed host leads to no host that is not allowed.',
    attack: 'follow redirects (301, 302, 307 ...) to elsewhere',
    source: 'CVE-2023-28155: a check of addresses passed by with a redirect to another protocol; CWE-601',
    run: { attack: following(elsewhere), control: following(allowed), deadlineMs: DEADLINE_MS },
  },
  {
    ...redirect,
    id: 'redirect-gateway',
    claim: 'The gateway follows no redirect: it is for the bottle, and judged when it asks for it.',
    attack: 'have the gateway follow a redirect by itself',
    closedInTheOpen: 'in the open no gateway is between that could follow',
    source: 'OWASP, Server Side Request Forgery Prevention: following of redirects is to be off; CWE-918',
    run: { attack: onlyAsking, control: following(allowed), deadlineMs: DEADLINE_MS },
  },
];
