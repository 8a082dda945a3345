import { Failure } from '../failure.ts';

/** Names of images as distribution/reference reads them (normalize.go), which nerdctl's pkg/referenceutil uses. */

export interface Reference {
  /** With its registry and path: `localhost/a/b`. */
  readonly name: string;
  readonly tag: string;
  readonly digest: string;
}

const DEFAULT_DOMAIN = 'docker.io';
const PATTERN =
  /^(?<name>[^@:]+(?::\d+\/[^@:]+)?)(?::(?<tag>\w[\w.-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$/;
const NAME =
  /^(?:[\w.-]+(?::\d+)?\/)?[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/;

/** Reads a name; its tag is `latest` where it has neither tag nor digest. @throws Failure */
export function parseReference(text: string): Reference {
  const groups = PATTERN.exec(text)?.groups;
  if (groups?.['name'] === undefined || !NAME.test(groups['name']))
    throw new Failure('invalid reference format');
  if (/^[0-9a-f]{64}$/.test(text))
    throw new Failure(`invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`);
  const { name, tag, digest = '' } = groups;
  const [first = '', ...more] = name.split('/');
  const hasDomain = more.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  const path = more.length > 0 ? name : `library/${name}`;
  return {
    name: hasDomain ? name : `${DEFAULT_DOMAIN}/${path}`,
    tag: tag ?? (digest === '' ? 'latest' : ''),
    digest,
  };
}

/** As people write it: without the default registry. */
export function familiarName({ name }: Reference): string {
  if (!name.startsWith(`${DEFAULT_DOMAIN}/`)) return name;
  const path = name.slice(DEFAULT_DOMAIN.length + 1);
  return path.startsWith('library/') && !path.slice('library/'.length).includes('/')
    ? path.slice('library/'.length)
    : path;
}

/** The whole of it. */
export const referenceText = ({ name, tag, digest }: Reference): string =>
  `${name}${tag === '' ? '' : `:${tag}`}${digest === '' ? '' : `@${digest}`}`;
