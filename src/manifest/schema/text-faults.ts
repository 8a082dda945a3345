import { isIP, isIPv4, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';
import { isAlabel } from '../../host/a-label.ts';

/** The fault of a text in the manifest, as a sentence; undefined: none. */
export type Fault = string | undefined;

const CONTROL = /\p{Cc}/u;

/**
 * Checks the host of a rule: a name, `*.` and a name, or an IP address. It finds only obvious mistakes; the gateway has
 * the canonical spelling. Names are ASCII, so that nobody trusts a look-alike (UTS 39).
 */
export function hostFault(text: string): Fault {
  if (isIPv6(text)) return ipv6Fault(text);
  return mistakenHost(text) ?? (text.includes('*') ? wildcardFault(text) : nameFault(text));
}

function ipv6Fault(text: string): Fault {
  if (text.includes('%')) return 'an address here has no zone';
  const isIpv4 = /^\[::(ffff:)?(0:)?[\da-f]{1,4}:[\da-f]{1,4}\]$/.test(new URL(`http://[${text}]/`).hostname);
  return isIpv4 ? 'this is an IPv4 address; write it as four decimal numbers' : undefined;
}

/** Checks a host that the gateway dials itself: no wildcard. */
export const exactHostFault = (text: string): Fault =>
  text.includes('*') ? 'a wildcard cannot stand here; name the host' : hostFault(text);

/** Finds other texts that users write instead of a host. */
function mistakenHost(text: string): Fault {
  if (text === '') return 'a host cannot be empty';
  if (URL.canParse(text) && text.includes('://')) {
    return `a host is meant, not a URL: write \`${new URL(text).hostname}\``;
  }
  if (/\s/.test(text)) return 'a host has no spaces in it';
  if (text.includes('/')) return 'a host is meant, without a path';
  if (text.includes('@')) return 'a host is meant, without a user name';
  if (text.includes('[')) return 'an IPv6 address is written without brackets here';
  if (/^[^:]*:\d+$/.test(text)) return 'write the port under the key `port`';
  return undefined;
}

function wildcardFault(text: string): Fault {
  if (text === '*') return '`*` alone is every host; name those that are meant';
  if (!text.startsWith('*.') || text.lastIndexOf('*') > 0) {
    return '`*` can only be the whole first part of a name: `*.example.org`';
  }
  const suffix = text.slice(2);
  return isIP(suffix) === 0 ? nameFault(suffix) : 'a wildcard and an address do not go together';
}

function nameFault(text: string): Fault {
  const name = text.endsWith('.') ? text.slice(0, -1) : text;
  // oxlint-disable-next-line no-control-regex -- the whole of ASCII is meant
  if (/[^\u0000-\u007f]/.test(name)) return nonAsciiFault(name);
  if (/[^a-z0-9._-]/i.test(name)) return 'a host name is letters, digits, `-` and `.`';
  const labels = name.split('.');
  if (labels.includes('')) return 'a host name has no empty part between dots';
  if (labels.some((label) => label.startsWith('-') || label.endsWith('-'))) {
    return 'no part of a host name begins or ends with `-`';
  }
  if (labels.some((label) => /^xn--/i.test(label) && !isAlabel(label.toLowerCase()))) {
    return 'a part that begins with `xn--` is not valid';
  }
  if (name.length > 253 || labels.some((label) => label.length > 63)) {
    return 'this is too long for a host name (63 characters a part, 253 in all)';
  }
  // Resolvers read `127.1`, `0x7f000001` and `2130706433` as addresses: WHATWG URL, "ends in a number".
  const endsInNumber = /^(\d+|0x[\da-f]*)$/i.test(labels.at(-1) ?? '');
  return endsInNumber && !isIPv4(text) ? 'an IPv4 address is written as four decimal numbers' : undefined;
}

function nonAsciiFault(name: string): Fault {
  const ascii = domainToASCII(name);
  return ascii === ''
    ? 'this is not a host name'
    : `a name with other than ASCII letters is written in its DNS form: \`${ascii}\``;
}

/** Checks an IP address that the gateway dials without a lookup. */
export const addressFault = (text: string): Fault =>
  isIP(text) !== 0 && !text.includes('%') ? undefined : 'an IP address is meant: `10.1.2.3` or `fd00::1`';

/** A reference to a host variable. Taken literally, it would make a `deny` rule match no request. */
const VARIABLE = /\$\{\w+\}/;

/** Refuses a host variable in a text where nothing inserts its value. */
export const variableFault = (text: string): Fault =>
  VARIABLE.test(text)
    ? 'a variable of this host stands in `env` and in `inject.secret`, nowhere else'
    : undefined;

/**
 * Checks a pattern for decoded paths: `*` within a part, `**` over parts. `%2F` is an escaped slash, which only some
 * servers treat as a slash.
 */
export function pathPatternFault(text: string): Fault {
  if (!text.startsWith('/')) return 'a path begins with `/`';
  if (CONTROL.test(text) || /[?#\\]/.test(text)) return 'a path has no `?`, `#` or `\\` in it';
  if (/\*\*[^/]|[^/]\*\*/.test(text)) return '`**` stands alone between slashes: `/acme/**`';
  const variable = variableFault(text);
  if (variable !== undefined) return variable;
  if (/%(?!2F)/.test(text)) return 'a path is written decoded, without `%` but in `%2F`';
  const slashed = text.replaceAll('%2F', '/');
  const isEmptyWithin = slashed.slice(1).split('/').slice(0, -1).includes('');
  const hasDots = slashed
    .normalize('NFKC')
    .split('/')
    .some((part) => DOTS.test(part));
  return isEmptyWithin || hasDots ? 'a path has no `.`, `..` or empty parts' : undefined;
}

/** A dot segment by the gateway's rules, which it refuses in requests: a pattern with one would match no request. */
const DOTS = /^ *\.{1,2} *(?:[:;].*)?$/;

/** Checks a repository of a forge, as in its address. GitHub: an owner of up to 39 characters, a name of up to 100. */
export function repositoryFault(text: string): Fault {
  const [owner = '', name = '', ...more] = text.split('/');
  const isOwner = /^[A-Za-z0-9](-?[A-Za-z0-9]){0,38}$/.test(owner);
  const isName = name === '*' || (/^[\w.-]{1,100}$/.test(name) && !/^\.{1,2}$/.test(name));
  if (!isOwner || !isName || more.length > 0) return 'a repository is meant: `owner/name`, or `owner/*`';
  return name.toLowerCase().endsWith('.git')
    ? 'the name of a repository has no `.git` at its end'
    : undefined;
}

/** Checks a pattern for files of the host: absolute, in the home folder, or in the project. */
export function protectFault(text: string): Fault {
  if (text === '' || CONTROL.test(text)) return 'a file or a pattern is meant: `.env`, `~/.ssh/**`';
  if (text.split('/').includes('..')) return 'the path has no `..` in it';
  return /^~[^/]|^~$/.test(text) ? 'the home folder is written `~/`' : undefined;
}

/** Checks a pattern for files of the project. */
export function copyPathFault(text: string): Fault {
  if (text === '' || CONTROL.test(text)) return 'a file or a pattern is meant: `test/keys/*.pem`';
  if (/^[/~]/.test(text) || text.split('/').some((part) => part === '..' || part === '.'))
    return 'a path in the project is meant, without `..` and `.`';
  return /^\*+(\/\*+)*$/.test(text) ? 'it names everything: name the files that are no secrets' : undefined;
}

/** Checks the path of a file in the manifest's folder or below. */
export function besideFault(text: string): Fault {
  if (text === '' || CONTROL.test(text)) return 'a file is meant';
  if (/^[/~]/.test(text)) return 'a file in the folder of the manifest is meant, as a relative path';
  return text.split('/').includes('..')
    ? 'the file must lie in the folder of the manifest: no `..`'
    : undefined;
}

/** Checks a path on the host, absolute or in the home folder. */
export function hostPathFault(text: string): Fault {
  if (CONTROL.test(text) || !/^~?\/./.test(text)) return 'a path is meant that begins with `/` or `~/`';
  return undefined;
}

/** Checks a path in the bottle, absolute or in the agent's home folder. */
export function guestPathFault(text: string): Fault {
  return hostPathFault(text) ?? (text.split('/').includes('..') ? 'the path has no `..` in it' : undefined);
}

/** Names that the launcher itself uses. */
const RESERVED = /^(BOT_BOTTLE_.*|(https?|all|no)_proxy)$/i;

/** Checks the name of an environment variable: POSIX.1-2017, 8.1. */
export function envNameFault(text: string): Fault {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(text)) {
    return 'the name of a variable is letters, digits and `_`, and does not begin with a digit';
  }
  return RESERVED.test(text) ? 'bot-bottle sets this variable itself' : undefined;
}

/** Checks one argument of a program: POSIX ends it at a NUL. */
export const argumentFault = (text: string): Fault =>
  text.includes('\0') ? 'an argument has no NUL in it' : undefined;
