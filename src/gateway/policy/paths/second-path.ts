import type { Scheme } from '../../config.ts';
import { canonicalPath } from './paths.ts';

/**
 * Judges second paths of requests that get an identity (x-amz-copy-source and similar headers). The server fetches them
 * with that identity. In an object store, the host can be the bucket, so a second path can lead to another host’s
 * content.
 */

interface Asked {
  readonly host: string;
  readonly port: number;
  readonly scheme: Scheme;
  readonly path?: string | undefined;
}

/** Returns whether it leads to the bucket, or the host, of the request itself. Returns false in doubt. */
export function staysWithin(secondPath: string, asked: Asked): boolean {
  const url = HTTP_URL.exec(secondPath);
  if (url !== null) return isOwnHost(url, asked);
  const bucket = bucketOf(secondPath.replace(/^(?:\/|%2f)/i, ''));
  const own = namesBucketInPath(asked.host) ? bucketOf((asked.path ?? '').slice(1)) : bucketIn(asked.host);
  return bucket !== undefined && bucket === own;
}

/** Azure and WebDAV use whole URLs. Clients disagree on URLs with more than a host and a port before the path. */
const HTTP_URL = /^(https?):\/\/([a-z0-9.-]+)(?::(\d{1,5}))?(?:\/[^\\]*)?$/i;

function isOwnHost([, scheme = '', host = '', port]: RegExpExecArray, asked: Asked): boolean {
  const said = scheme.toLowerCase();
  const usual = said === 'https' ? 443 : 80;
  return said === asked.scheme && host.toLowerCase() === asked.host && Number(port ?? usual) === asked.port;
}

/**
 * Hosts of S3 at AWS, without a bucket. A bucket's name may precede each, and a bucket itself may be called `s3-fips`
 * or `s3-us-west-2`.
 */
const REGION = '[a-z]{2}(?:-[a-z]+)+-\\d+';
const OF_S3 = `s3(?:-external-1|(?:-fips)?(?:\\.dualstack)?[.-]${REGION})?`;
const OF_BUCKETS_ONLY = `s3-accelerate(?:\\.dualstack)?|s3express(?:-fips)?-[a-z0-9]+-az\\d\\.${REGION}`;
const AWS = '\\.amazonaws\\.com(?:\\.cn)?$';

/**
 * Hosts of stores that name no bucket, because the path begins with it. A bucket's name has at least three characters,
 * so none is `s3`. But a bucket's name with a dot may begin with `s3.` and precede a store's host. Any other host may
 * name a bucket.
 */
const STORES: readonly RegExp[] = [
  new RegExp(`^${OF_S3}${AWS}`),
  new RegExp(`^s3\\.(?!.*(?:\\.s3[.-]|${AWS}|\\.storage\\.googleapis\\.com$))`),
  /^storage\.googleapis\.com$/,
  // The account may be followed by a jurisdiction. No other account has the same name.
  /^[^.]+(?:\.(?:eu|fedramp))?\.r2\.cloudflarestorage\.com$/,
  /^[a-z]{3}\d+\.digitaloceanspaces\.com$/,
  /^[^.]+\.(?:blob|dfs|file)\.core\.windows\.net$/,
];

/** Hosts in which the bucket's name may have dots: it is everything before the store. */
const BUCKETS: readonly RegExp[] = [
  new RegExp(`^(.+)\\.(?:${OF_S3}|${OF_BUCKETS_ONLY})${AWS}`),
  /^(.+)\.storage\.googleapis\.com$/,
  new RegExp(`^(.+)\\.s3[.-](?!.*${AWS})`),
];

/**
 * Returns the bucket that a host names: its first label where the store is unknown. AWS has other hosts too, such as
 * access points, which are no buckets.
 */
function bucketIn(host: string): string | undefined {
  const known = BUCKETS.map((bucket) => bucket.exec(host)?.[1]).find((name) => name !== undefined);
  return known ?? (new RegExp(AWS).test(host) ? undefined : host.split('.', 1)[0]);
}

/**
 * Returns whether the path names the bucket. Neither an IP address nor a name of one label can have a bucket before it.
 */
function namesBucketInPath(host: string): boolean {
  return !host.includes('.') || /^[0-9.]+$|:/.test(host) || STORES.some((store) => store.test(host));
}

/**
 * Returns the first segment of a path without its leading slash. Some clients escape slashes, and servers differ on
 * `?`.
 */
function bucketOf(path: string): string | undefined {
  const judged = canonicalPath(`/${path.replaceAll('?', '%3F').replace(/%2f/gi, '/')}`);
  if ('refused' in judged) return undefined;
  return judged.path.split('/', 2)[1] || undefined;
}
