import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';

/** git over HTTP (gitprotocol-http(5)), by git-http-backend(1): `/git/NAME` is FOLDER/repositories/NAME. */

/** CGI (RFC 3875), as git-http-backend(1) uses it. */
export function serveGit(
  request: IncomingMessage | Http2ServerRequest,
  answer: ServerResponse | Http2ServerResponse,
  folder: string,
): void {
  const response = answer as ServerResponse;
  const url = new URL(request.url ?? '/', 'https://origin/');
  const backend = spawn('git', ['http-backend'], {
    env: {
      PATH: '/usr/bin:/bin',
      GIT_PROJECT_ROOT: `${folder}/repositories`,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'safe.directory',
      GIT_CONFIG_VALUE_0: '*',
      PATH_INFO: url.pathname.slice('/git'.length),
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      REMOTE_USER: 'tester',
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  request.pipe(backend.stdin);
  let head = Buffer.alloc(0);
  let hasBegun = false;
  backend.stdout.on('data', (chunk: Buffer) => {
    if (hasBegun) return void response.write(chunk);
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end === -1) return;
    hasBegun = true;
    const lines = head.toString('latin1', 0, end).split('\r\n');
    const headers = Object.fromEntries(lines.map((line) => line.split(': ') as [string, string]));
    response.writeHead(Number(headers['Status']?.slice(0, 3) ?? 200), headers);
    response.write(head.subarray(end + 4));
  });
  backend.stdout.on('end', () => response.end());
}

/**
 * Returns whether a request has the user and password in FOLDER/git-password (`USER:PASSWORD`), in the form of RFC
 * 7617.
 */
export function isLetIn({ headers }: IncomingMessage, folder: string): boolean {
  const expected = readFileSync(`${folder}/git-password`).toString('base64');
  return headers.authorization === `Basic ${expected}`;
}
