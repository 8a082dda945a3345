import { expect, test } from 'vitest';
import { isOverridingHeader } from './overriding-headers.ts';

test.each([
  // Names of the table.
  'X-HTTP-Method-Override',
  'X-Forwarded-Method',
  'X-Original-URL',
  'X-Original-URI',
  'X-Forwarded-Uri',
  'X-Forwarded-Path',
  'X-Forwarded-Prefix',
  'X-Matched-Path',
  'X-Invoke-Path',
  'X-Invoke-Query',
  'x-now-route-matches',
  'x-middleware-subrequest',
  'X-Envoy-Original-Path',
  'X-Envoy-Original-Dst-Host',
  'X-Replaced-Path',
  'X-Ingress-Path',
  'X-WAWS-Unencoded-URL',
  'X-ProxyContextPath',
  'X-RSC-Request',
  'X-Accel-Mapping',
  'X-HTTP-DestinationURL',
  'SCRIPT_NAME',
  'Path-Info',
  // Other spellings, which CGI, PHP and WSGI merge.
  'x_original_uri',
  'X_Forwarded.Uri',
  'X~Matched~Path',
  // Names of the same form, from any software.
  'X-NF-Original-Path',
  'X-Original-Pathname',
  'X-Orig-Request-URI',
  'X-Some-Gateway-Rewritten-Uri',
  'X-Override-URL',
])('%s changes the request', (name) => {
  expect(isOverridingHeader(name)).toBe(true);
});

test.each([
  'X-Forwarded-For',
  'X-Forwarded-Proto',
  'X-Forwarded-Port',
  'X-Request-Id',
  'X-Original-Content-Length',
  'X-Amz-Target',
  'X-Amz-Meta-Original-Path',
  'x-goog-meta-forwarded-uri',
  'X-Object-Meta-Original-Url',
  'X-Goog-Api-Client',
  'X-Stainless-Retry-Count',
  'X-Path',
  'X-Originals-Path',
  'X-Forwarded-Uris',
  'Original-Url',
  'Service-Worker',
  'Prefer',
  'Pragma',
  '',
])('%s does not change the request', (name) => {
  expect(isOverridingHeader(name)).toBe(false);
});
