/** Returns a host as written before a port: an IPv6 address in brackets. */
export function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** The host and port of a request, in canonical spelling. */
export interface Addressed {
  readonly host: string;
  readonly port: number;
  /** Undefined until the client has shown its protocol. */
  readonly scheme?: 'https' | 'http' | 'tcp' | undefined;
}

/** Returns host and port for the Host header, without the scheme's default port. */
export function authorityOf({ host, port, scheme }: Addressed): string {
  const name = bracketed(host);
  return port === (scheme === 'https' ? 443 : 80) ? name : `${name}:${port}`;
}
