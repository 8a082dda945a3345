import type { Probe } from '../probe.ts';
import { headed, smuggled, two } from './headed.ts';

/** Request heads with two hosts, or with lines that only some parsers accept. */

export const HOST_HEADER: readonly Probe[] = [
  {
    ...two,
    id: 'host-other',
    claim: 'Only the host that was judged gets out as Host.',
    attack: 'name another in the Host header',
    source: 'microsandbox #709: domain fronting',
    run: headed((_, evil) => [`Host: ${evil}`]),
  },
  {
    ...two,
    id: 'host-twice',
    claim: 'Of two Host headers none gets out unjudged.',
    attack: 'send two Host headers',
    run: headed(
      (good, evil) => [`Host: ${good}`, `Host: ${evil}`],
      (good, evil) => [`Host: ${evil}`, `Host: ${good}`],
      (good, evil) => [`Host: ${good}`, `hOST:${evil}`],
    ),
  },
  {
    ...two,
    id: 'host-folded',
    claim: 'A Host header over two lines does not get out.',
    attack: 'fold the Host header',
    source: 'RFC 9112, 5.2: obs-fold',
    run: headed(
      (_, evil) => ['Host:', ` ${evil}`],
      (good, evil) => [`Host: ${good}`, `\tHost: ${evil}`],
    ),
  },
  {
    ...two,
    id: 'host-spaced',
    claim: 'A header with a space around its name does not get out.',
    attack: 'put a space before the colon, or before Host',
    source: 'RFC 9112, 5.1; CVE-2019-16869 (Netty)',
    run: headed(
      (good, evil) => [`Host: ${good}`, `Host : ${evil}`],
      (good, evil) => [`Host: ${good}`, `Host\t: ${evil}`],
      (good, evil) => [` Host: ${evil}`, `Host: ${good}`],
    ),
  },
  {
    ...two,
    id: 'host-list',
    claim: 'A list is no host.',
    attack: 'name two hosts in one Host header',
    run: headed(
      (good, evil) => [`Host: ${good}, ${evil}`],
      (good, evil) => [`Host: ${good} ${evil}`],
    ),
  },
  {
    ...two,
    id: 'host-user',
    claim: 'A Host header has no user.',
    attack: 'name the allowed host as the user: HOST@OTHER',
    run: headed(
      (good, evil) => [`Host: ${good}@${evil}`],
      (good, evil) => [`Host: ${good}#@${evil}`],
    ),
  },
  {
    ...two,
    id: 'host-url',
    claim: 'A URL is no host.',
    attack: 'put a URL or a path into the Host header',
    run: headed(
      (_, evil) => [`Host: http://${evil}/`],
      (good, evil) => [`Host: ${good}/${evil}`],
    ),
  },
  {
    ...smuggled,
    id: 'head-line-feed',
    claim: 'A bare line feed is no line end that only some see.',
    attack: 'hide a Host header behind a bare LF',
    source: 'RFC 9112, 2.2; CVE-2023-30589 (llhttp)',
    run: headed(
      (good, evil) => [`X-Own: a\nHost: ${evil}`, `Host: ${good}`],
      (good, evil) => [`Host: ${good}\n\nGET http://${evil}/ HTTP/1.1\r\nHost: ${evil}`],
    ),
  },
  {
    ...smuggled,
    id: 'head-carriage-return',
    claim: 'A bare carriage return is no line end that only some see.',
    attack: 'hide a Host header behind a bare CR',
    source: 'RFC 9112, 2.2; CVE-2023-30589 (llhttp)',
    run: headed((good, evil) => [`X-Own: a\rHost: ${evil}`, `Host: ${good}`]),
  },
  {
    ...smuggled,
    id: 'head-nul',
    claim: 'No NUL comes in a head.',
    attack: 'put NUL into a header and its name',
    source: 'RFC 9110, 5.5',
    run: headed(
      (good, evil) => [`Host: ${good}\0${evil}`],
      (good, evil) => [`Host: ${good}`, `Ho\0st: ${evil}`],
    ),
  },
  {
    ...smuggled,
    id: 'head-no-colon',
    claim: 'A line that is no header does not get out.',
    attack: 'send a header without a colon, or a name',
    source: 'RFC 9112, 5',
    run: headed(
      (good, evil) => [`Host: ${good}`, `Host ${evil}`],
      (good, evil) => [`Host: ${good}`, `: ${evil}`],
    ),
  },
];
