/** A host as it is written before a port: an address of IPv6 in brackets. */
export function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** The host and port that a request is for, in canonical spelling. */
export interface Addressed {
  readonly host: string;
  readonly port: number;
  /** Undefined until the client has shown what it speaks. */
  readonly scheme?: 'https' | 'http' | 'tcp' | undefined;
}

/** Host and port as the host is to read them: without the port that the scheme means anyway. */
export function authorityOf({ host, port, scheme }: Addressed): string {
  const name = bracketed(host);
  return port === (scheme === 'https' ? 443 : 80) ? name : `${name}:${port}`;
}
