import type { Targets } from '../arena/targets.ts';
import { inTunnel, raw, textOf } from '../guest/requests.ts';
import { all, eachSpelling, open, proxy, send } from '../guest/wire.ts';
import type { Attempt, Probe } from './probe.ts';
import { ask } from './secrets/lender.ts';

/** An allowed host answers with a redirect to where the bottle may not go. Whoever follows it carries the nonce there. */

/** In which form it is to be answered: a status with `Location`, or the header that browsers take for one. */
type Form = '300' | '301' | '302' | '303' | '307' | '308' | 'refresh';
const FORMS: readonly Form[] = ['300', '301', '302', '303', '307', '308', 'refresh'];

const hidden = (text: string): string => Buffer.from(text).toString('base64url');

/** What asks the host for it. */
const redirectPath = (form: Form, location: string): string => `/redirect/${form}/${hidden(location)}`;

/** A nonce is heard where the way ends, and not on the wire before. */
const ledPath = (nonce: string): string => `/led/${hidden(nonce)}`;

/** Where the answer of an allowed host leads. @throws Error with the answer where it is no redirect */
async function askedOf({ names, port }: Targets, form: Form, location: string): Promise<string> {
  const at = `${names.http}:${port}`;
  const target = `http://${at}${redirectPath(form, location)}`;
  const answer = await send(await open(proxy()), textOf({ target, lines: [`Host: ${at}`] }));
  const [, led] = /^(?:location: *|refresh: *0; *url=)(.*)$/im.exec(answer) ?? [];
  if (led === undefined) throw new Error(answer.split('\r\n')[0] || 'connection closed');
  return led.trim();
}

/** As careful clients do, with the host read out of the URL; and as careless ones do, with what stands there. */
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

interface Step {
  readonly form: Form;
  /** To this, and there to a path with the nonce. */
  readonly origin: string;
}

const following =
  (steps: (t: Targets) => readonly Step[]): Attempt =>
  (t, nonce) =>
    eachSpelling(nonce, steps(t), async ({ form, origin }, nonce) =>
      follow(t, await askedOf(t, form, `${origin}${ledPath(nonce)}`)),
    );

const inEachForm = (origin: string): readonly Step[] => FORMS.map((form) => ({ form, origin }));
const by302 = (origins: readonly string[]): readonly Step[] =>
  origins.map((origin) => ({ form: '302', origin }));

/** The name that is not allowed in each form; and addresses of the host, behind what looks allowed. */
const elsewhere = ({ names, port, addresses }: Targets): readonly Step[] => [
  ...inEachForm(`http://${names.other}:${port}`),
  ...by302([
    `//${names.other}:${port}`,
    `http://${names.http}:${port}@${names.other}:${port}`,
    ...['127.0.0.1', ...addresses.ip4].flatMap((address) => [
      `http://${address}:${port}`,
      `http://${names.http}@${address}:${port}`,
    ]),
  ]),
];

const allowed = ({ names, port }: Targets): readonly Step[] => inEachForm(`http://${names.http}:${port}`);

/** Asked for and let lie: of the plain host, and of both that speak TLS, which the gateway opens. */
const onlyAsking: Attempt = (t, nonce) => {
  const { names, port, addresses } = t;
  const ledTo = (host: string): string => `http://${host}:${port}${ledPath(nonce)}`;
  const own = ['127.0.0.1', ...addresses.ip4].map(ledTo);
  const everywhere = [ledTo(names.http), ...own];
  return all([
    ...FORMS.map((form) => askedOf(t, form, ledTo(names.http))),
    ...own.map((location) => askedOf(t, '302', location)),
    ...(['opened', 'lends'] as const).flatMap((name) =>
      everywhere.map((location) => ask(t, name, { path: redirectPath('307', location) })),
    ),
  ]);
};

/** Each is several requests, one after the other. */
const DEADLINE_MS = 5_000;

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
