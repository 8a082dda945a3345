import { createHash, createHmac } from 'node:crypto';

/** Checks AWS Signature Version 4 as a service does, from its specification, without the gateway's code. */

/** A request that a service has received. */
export interface Received {
  readonly method: string;
  /** With its query, in which every name and value is already encoded. */
  readonly url: string;
  /** In lower case, with `host`. */
  readonly headers: Readonly<Record<string, string>>;
  /** The digest of the content, in hex. */
  readonly sha256: string;
}

/** Returns the access key whose signature with this secret is valid; undefined: there is none. */
export function signedBy({ method, url, headers, sha256 }: Received, secret: string): string | undefined {
  const pattern =
    /^AWS4-HMAC-SHA256 Credential=(\w+)\/(\d{8})\/([\w-]+)\/([\w-]+)\/aws4_request, SignedHeaders=([\w;-]+), Signature=(\w{64})$/;
  const found = pattern.exec(headers['authorization'] ?? '');
  if (found === null) return undefined;
  const [, accessKey = '', day = '', region = '', service = '', names = '', signature = ''] = found;
  const [path = '', query = ''] = url.split('?');
  const sorted = query.split('&').sort((a, b) => (a < b ? -1 : 1));
  const lines = names.split(';').map((name) => `${name}:${headers[name] ?? ''}\n`);
  const request = [method, path, sorted.join('&'), lines.join(''), names, sha256].join('\n');
  const scope = [day, region, service, 'aws4_request'];
  const hash = createHash('sha256').update(request).digest('hex');
  const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope.join('/'), hash].join('\n');
  const hmac = (key: string | Buffer, what: string): Buffer =>
    createHmac('sha256', key).update(what).digest();
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${secret}`);
  return hmac(key, text).toString('hex') === signature ? accessKey : undefined;
}
