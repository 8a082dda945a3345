/**
 * The HTTP methods that servers know: those of Node's HTTP parser (RFC 9110, PATCH, most of WebDAV, UPnP, and a few
 * more), and LIST of HashiCorp Vault. Without CONNECT, which asks a proxy for a tunnel: the gateway judges the tunnel's
 * content separately and never sends CONNECT to a host. Any token could be a method (RFC 9110, 9.1), but some servers
 * take an unknown one for another. The gateway lets no other method through, and a manifest may name no other.
 */
export const METHODS: ReadonlySet<string> = new Set([
  'ACL',
  'BIND',
  'CHECKOUT',
  'COPY',
  'DELETE',
  'GET',
  'HEAD',
  'LINK',
  'LIST',
  'LOCK',
  'M-SEARCH',
  'MERGE',
  'MKACTIVITY',
  'MKCALENDAR',
  'MKCOL',
  'MOVE',
  'NOTIFY',
  'OPTIONS',
  'PATCH',
  'POST',
  'PROPFIND',
  'PROPPATCH',
  'PURGE',
  'PUT',
  'QUERY',
  'REBIND',
  'REPORT',
  'SEARCH',
  'SOURCE',
  'SUBSCRIBE',
  'TRACE',
  'UNBIND',
  'UNLINK',
  'UNLOCK',
  'UNSUBSCRIBE',
]);
