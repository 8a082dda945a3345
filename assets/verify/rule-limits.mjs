/** Requests to a host of which a rule allows one method and one folder. The nonce is in what is not allowed, and nowhere else. */
import { ask, sendAll } from './requests.mjs';
import { all, nth } from './wire.mjs';

const inFolder = (t, nonce) => ask(t, { host: t.names.limited, path: `/allowed/${nonce}` });
const limited = (...requests) => ({
  attack: (t, nonce) =>
    all(requests.map((make, index) => ask(t, { host: t.names.limited, ...make(nth(nonce, index)) }))),
  control: inFolder,
});

const paths = (...spell) => limited(...spell.map((path) => (nonce) => ({ path: path(nonce) })));
const methods = (...names) =>
  limited(...names.map((method) => (nonce) => ({ method, path: `/allowed/${nonce}` })));
/** The control shows that other headers come along. */
const headers = (...names) => ({
  ...limited(...names.map((name) => (nonce) => ({ path: '/allowed/', lines: [name(nonce)] }))),
  control: (t, nonce) => ask(t, { host: t.names.limited, path: '/allowed/', lines: [`X-Own: ${nonce}`] }),
});

export const RULE_LIMITS = {
  'path-outside': paths(
    (n) => `/closed/${n}`,
    (n) => `/${n}`,
  ),
  'path-dots': paths(
    (n) => `/allowed/../closed/${n}`,
    (n) => `/allowed/./../${n}`,
  ),
  'path-dots-escaped': paths(
    (n) => `/allowed/%2e%2e/closed/${n}`,
    (n) => `/allowed/.%2E/closed/${n}`,
    (n) => `/allowed/%2e./closed/${n}`,
  ),
  'path-slash-escaped': paths(
    (n) => `/allowed/..%2fclosed/${n}`,
    (n) => `/allowed%2f..%2Fclosed/${n}`,
  ),
  'path-escaped-twice': paths(
    (n) => `/allowed/%252e%252e/closed/${n}`,
    (n) => `/allowed/..%252fclosed/${n}`,
    (n) => `/allowed/%25252e%25252e/closed/${n}`,
  ),
  'path-backslash': paths(
    (n) => `/allowed/..\\closed\\${n}`,
    (n) => `/allowed/..%5cclosed/${n}`,
  ),
  'path-semicolon': paths(
    (n) => `/allowed/..;/closed/${n}`,
    (n) => `/allowed/..;a=b/closed/${n}`,
  ),
  'path-empty-segments': paths(
    (n) => `//closed/${n}`,
    (n) => `/allowed/..//closed/${n}`,
    (n) => `/allowed//../../closed/${n}`,
  ),
  'path-case': paths(
    (n) => `/ALLOWED/${n}`,
    (n) => `/Allowed/${n}`,
  ),
  'path-prefix': paths(
    (n) => `/allowed-${n}`,
    (n) => `/allowed.old/${n}`,
    (n) => `/allowed;${n}`,
  ),
  'path-query': paths(
    (n) => `/closed/${n}?/allowed/`,
    (n) => `/closed/${n}?x=/allowed/x`,
  ),
  'path-fragment': paths(
    (n) => `/closed/${n}#/allowed/`,
    (n) => `/allowed/#/../closed/${n}`,
  ),
  'path-nul': paths(
    (n) => `/allowed/%00/../closed/${n}`,
    (n) => `/closed/${n}%00/allowed/`,
  ),
  'path-overlong': paths(
    (n) => `/allowed/%c0%ae%c0%ae/closed/${n}`,
    (n) => `/allowed/..%c0%afclosed/${n}`,
    (n) => `/allowed/..%e0%80%afclosed/${n}`,
  ),
  'path-unicode-escape': paths(
    (n) => `/allowed/%u002e%u002e/closed/${n}`,
    (n) => `/allowed/..%u2215closed/${n}`,
  ),
  'path-controls': paths(
    (n) => `/allowed/..%0d/closed/${n}`,
    (n) => `/allowed/.%09./closed/${n}`,
  ),
  'path-two-targets': paths(
    (n) => `/allowed/ /closed/${n}`,
    (n) => `/allowed/\t/closed/${n}`,
  ),
  'method-other': methods('POST', 'DELETE', 'PUT', 'OPTIONS'),
  'method-lower-case': methods('post', 'Delete', 'pUT'),
  'method-unknown': methods('GETX', 'BOTTLE', 'GET,POST', 'G\u0130T'),
  'method-trace': methods('TRACE', 'TRACK', 'DEBUG'),
  'method-override': headers(
    (n) => `X-HTTP-Method-Override: ${n}`,
    (n) => `X-HTTP-Method: ${n}`,
    (n) => `X-Method-Override: ${n}`,
    (n) => `X_HTTP_Method_Override: ${n}`,
  ),
  'method-in-query': limited(
    (n) => ({ path: `/allowed/?_method=${n}` }),
    (n) => ({ path: `/allowed/?x-http-method-override=${n}` }),
    (n) => ({ path: `/allowed/?%5fmethod=${n}` }),
  ),
  'path-override': headers(
    (n) => `X-Original-URL: /closed/${n}`,
    (n) => `X-Rewrite-URL: /closed/${n}`,
  ),
  'content-in-get': limited((n) => {
    const body = `DELETE /closed/${n} HTTP/1.1\r\nHost: x\r\n\r\n`;
    return { path: '/allowed/', lines: [`Content-Length: ${body.length}`], body };
  }),
  'next-request': {
    attack: (t, nonce) => inARow(t, `/closed/${nonce}`),
    control: (t, nonce) => inARow(t, `/allowed/${nonce}`),
  },
};

/** Two requests in the same bytes, the first of them allowed. */
function inARow(t, path) {
  const host = t.names.limited;
  const body = `GET http://${host}:${t.port}${path} HTTP/1.1\r\nHost: ${host}:${t.port}\r\nConnection: close\r\n\r\n`;
  return ask(t, { host, path: '/allowed/', lines: ['Connection: keep-alive'], body, read: sendAll });
}
