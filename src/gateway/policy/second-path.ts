import type { Scheme } from '../config.ts';
import { canonicalPath } from './paths.ts';

/**
 * Second paths of requests that get an identity (x-amz-copy-source and its kin): the server fetches them with that identity,
 * and in an object store the host can be the bucket, so that a second path leads to another host’s content.
 */

interface Asked {
  readonly host: string;
  readonly port: number;
  readonly scheme: Scheme;
  readonly path?: string | undefined;
}

/** Whether it leads to the bucket, or the host, that the request itself is about. In doubt it does not. */
export function staysWithin(secondPath: string, asked: Asked): boolean {
  const url = HTTP_URL.exec(secondPath);
  if (url !== null) return isOwnHost(url, asked);
  const bucket = bucketOf(secondPath.replace(/^(?:\/|%2f)/i, ''));
  const own = namesBucketInPath(asked.host) ? bucketOf((asked.path ?? '').slice(1)) : bucketIn(asked.host);
  return bucket !== undefined && bucket === own;
}

/** Azure and WebDAV have whole URLs there. What has anything but a host before its path, clients read in two ways. */
const HTTP_URL = /^(https?):\/\/([a-z0-9.-]+)(?::(\d{1,5}))?(?:\/[^\\]*)?$/i;

function isOwnHost([, scheme = '', host = '', port]: RegExpExecArray, asked: Asked): boolean {
  const said = scheme.toLowerCase();
  const usual = said === 'https' ? 443 : 80;
  return said === asked.scheme && host.toLowerCase() === asked.host && Number(port ?? usual) === asked.port;
}

/** The hosts of S3 at AWS, whole: a bucket may stand in front of each, and may itself be called `s3-fips` or `s3-us-west-2`. */
const REGION = '[a-z]{2}(?:-[a-z]+)+-\\d+';
const OF_S3 = `s3(?:-external-1|(?:-fips)?(?:\\.dualstack)?[.-]${REGION})?`;
const OF_BUCKETS_ONLY = `s3-accelerate(?:\\.dualstack)?|s3express(?:-fips)?-[a-z0-9]+-az\\d\\.${REGION}`;
const AWS = '\\.amazonaws\\.com(?:\\.cn)?$';

/**
 * Stores whose hosts of this form are no bucket’s: the path begins with it. The name of a bucket has three characters at least,
 * so none is called `s3`; but one with a dot may begin so, and stands in front of a store. All other names may be those of buckets.
 */
const STORES: readonly RegExp[] = [
  new RegExp(`^${OF_S3}${AWS}`),
  new RegExp(`^s3\\.(?!.*(?:\\.s3[.-]|${AWS}|\\.storage\\.googleapis\\.com$))`),
  /^storage\.googleapis\.com$/,
  // A jurisdiction behind the account, whose name is no other account’s.
  /^[^.]+(?:\.(?:eu|fedramp))?\.r2\.cloudflarestorage\.com$/,
  /^[a-z]{3}\d+\.digitaloceanspaces\.com$/,
  /^[^.]+\.(?:blob|dfs|file)\.core\.windows\.net$/,
];

/** Where the name of a bucket may have dots: it is all that stands in front of the store. */
const BUCKETS: readonly RegExp[] = [
  new RegExp(`^(.+)\\.(?:${OF_S3}|${OF_BUCKETS_ONLY})${AWS}`),
  /^(.+)\.storage\.googleapis\.com$/,
  new RegExp(`^(.+)\\.s3[.-](?!.*${AWS})`),
];

/** The bucket that a host is, by its first label where no store is known. Of AWS there are others too: access points are no buckets. */
function bucketIn(host: string): string | undefined {
  const known = BUCKETS.map((bucket) => bucket.exec(host)?.[1]).find((name) => name !== undefined);
  return known ?? (new RegExp(AWS).test(host) ? undefined : host.split('.', 1)[0]);
}

/** No bucket is in front of an address, or of a name of one part. */
function namesBucketInPath(host: string): boolean {
  return !host.includes('.') || /^[0-9.]+$|:/.test(host) || STORES.some((store) => store.test(host));
}

/** The first segment, of a path without the slash before it. Some write slashes escaped, and of `?` servers differ. */
function bucketOf(path: string): string | undefined {
  const judged = canonicalPath(`/${path.replaceAll('?', '%3F').replace(/%2f/gi, '/')}`);
  if ('refused' in judged) return undefined;
  return judged.path.split('/', 2)[1] || undefined;
}
