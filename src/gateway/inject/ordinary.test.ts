import { expect, test } from 'vitest';
import type { RawHeaders } from '../message/headers.ts';
import { applyIdentity } from './apply.ts';

/** Requests of clients of well-known services, without their credential. */
const ORDINARY: [what: string, path: string, headers?: RawHeaders][] = [
  ['GitHub, a list', '/repos/o/r/issues?state=open&sort=created&per_page=100&page=2&after=Y3Vyc29yOnYyOpK5'],
  ['GitHub, found secrets', '/repos/o/r/secret-scanning/alerts?secret_type=aws_access_key_id&sort=created'],
  ['GitHub, search', '/search/code?q=token+repo:o/r&order=desc', ['X-GitHub-Api-Version', '2022-11-28']],
  ['GitHub, a key of a repository', '/repos/o/r/keys/12', ['Accept', 'application/vnd.github+json']],
  [
    'OpenAI',
    '/v1/responses',
    ['OpenAI-Organization', 'org-a', 'OpenAI-Project', 'proj_a', 'session_id', '0199'],
  ],
  ['OpenAI, a list', '/v1/chat/completions?limit=20&after=chatcmpl-9&order=asc&metadata[key1]=a'],
  [
    'OpenAI, realtime',
    '/v1/realtime?model=gpt-realtime',
    ['Sec-WebSocket-Protocol', 'realtime, openai-beta.realtime-v1'],
  ],
  [
    'Anthropic',
    '/v1/messages?beta=true',
    ['anthropic-version', '2023-06-01', 'anthropic-beta', 'x', 'X-Stainless-Lang', 'js', 'x-app', 'cli'],
  ],
  ['npm, a scoped package', '/@types%2fnode', ['npm-command', 'install', 'pacote-req-type', 'packument']],
  ['npm, search', '/-/v1/search?text=keywords:auth&size=20&from=0', ['npm-session', 'a1b2']],
  [
    'Google, a list',
    '/storage/v1/b/bucket/o?pageToken=CgZ&maxResults=5&prefix=a%2F&fields=nextPageToken,items(name)',
    ['X-Goog-User-Project', 'p', 'x-goog-api-client', 'gl-node/22'],
  ],
  ['Google, a long copy', '/storage/v1/b/a/o/x/rewriteTo/b/c/o/y?rewriteToken=AAAA'],
  [
    'Google, a key of the caller’s for an object',
    '/b/o',
    [
      'x-goog-encryption-algorithm',
      'AES256',
      'x-goog-encryption-key',
      'A',
      'x-goog-encryption-key-sha256',
      'B',
    ],
  ],
  [
    'Google, what is said of an object',
    '/b/o',
    ['x-goog-meta-sort-key', '42', 'x-goog-copy-source-encryption-key', 'A'],
  ],
  [
    'Azure, an object',
    '/c/o',
    ['x-ms-meta-token', 'a', 'x-ms-encryption-key', 'A', 'x-ms-source-encryption-key', 'A'],
  ],
  ['Azure, a document', '/dbs/a/colls/b/docs/c', ['x-ms-documentdb-partitionkey', '["a"]']],
  ['Jira, an attachment', '/rest/api/3/issue/A-1/attachments', ['X-Atlassian-Token', 'no-check']],
  ['Swift, an object', '/v1/AUTH_a/c/o', ['X-Object-Meta-Api-Key', 'a']],
  ['Google, generated', '/v1beta/models/gemini:streamGenerateContent?alt=sse'],
  ['Google Chat', '/v1/spaces/A/messages?threadKey=T1&requestId=2&messageReplyOption=REPLY'],
  [
    'Azure, resources',
    '/subscriptions/1/resources?api-version=2024-01-01&$skiptoken=a&$top=5',
    ['x-ms-client-request-id', '1', 'x-ms-version', '2024-01-01'],
  ],
  ['Azure DevOps', '/o/_apis/projects?continuationToken=5&api-version=7.1'],
  ['Azure, events', '/c?hub=h', ['Sec-WebSocket-Protocol', 'json.reliable.webpubsub.azure.v1']],
  [
    'S3, a list',
    '/bucket?list-type=2&continuation-token=1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=&start-after=a&prefix=p',
  ],
  [
    'S3, what is said of an object',
    '/bucket/key',
    [
      'x-amz-meta-sort-key',
      '42',
      'x-amz-meta-auth',
      'a',
      'x-amz-server-side-encryption-customer-key',
      'A',
      'x-amz-copy-source-server-side-encryption-customer-key',
      'A',
      'x-amz-copy-source-server-side-encryption-customer-key-md5',
      'B',
    ],
  ],
  ['S3, uploads', '/bucket?uploads&key-marker=a&upload-id-marker=b', ['x-amz-request-payer', 'requester']],
  [
    'S3, an object',
    '/bucket/key?versionId=3&partNumber=1',
    ['x-amz-checksum-crc32', 'AAAAAA==', 'x-amz-acl', 'a'],
  ],
  ['AWS, identities', '/v1/users?pagination_token=a&next_token=b&nextToken=c', ['X-Amz-Target', 'T.List']],
  ['gRPC on the web', '/p.Service/M?user=a', ['X-User-Agent', 'grpc-web-javascript/0.1', 'X-Grpc-Web', '1']],
  ['Slack, a message', '/api/chat.postMessage?channel=C1&as_user=true'],
  ['MCP over events', '/messages?sessionId=4f1c2a90-1b2c-4d5e-8f90-aabbccddeeff'],
  ['MCP over events, Python', '/messages/?session_id=4f1c2a901b2c4d5e8f90aabbccddeeff'],
  ['Socket.IO', '/socket.io/?EIO=4&transport=polling&sid=lv_VI97HAXpY6yYWAAAC'],
  ['GraphQL', '/graphql', ['Sec-WebSocket-Protocol', 'graphql-transport-ws, graphql-ws']],
  ['AppSync', '/event/realtime', ['Sec-WebSocket-Protocol', 'aws-appsync-event-ws']],
  [
    'Kubernetes',
    '/api/v1/pods/a/exec?command=ls',
    ['Sec-WebSocket-Protocol', 'v5.channel.k8s.io, v4.channel.k8s.io'],
  ],
  [
    'Rails',
    '/cable',
    ['Sec-WebSocket-Protocol', 'actioncable-v1-json, actioncable-unsupported', 'Sec-WebSocket-Key', 'dGhl'],
  ],
  ['Cloudflare', '/client/v4/zones?name=a.test&status=active&account.id=1&per_page=50&direction=desc'],
  [
    'Cloudflare, keys',
    '/client/v4/accounts/1/storage/kv/namespaces/2/keys?limit=10&cursor=6Ck1la0&prefix=My',
  ],
  [
    'Stripe',
    '/v1/charges?starting_after=ch_1&expand[]=data.customer',
    ['Idempotency-Key', 'a', 'Stripe-Version', '1'],
  ],
  ['Jira', '/rest/api/3/search?jql=project%3DKEY&nextPageToken=a&projectKey=K&issueKey=K-1'],
  [
    'an index',
    '/query?sort_key=a&partition_key=b&cache_key=c&max_tokens=8&code=200&author=me&session=2&public_key=d',
  ],
];

test.each<[string, string, RawHeaders?]>(ORDINARY)(
  '%s: passes unchanged but for the slot',
  (_what, path, headers = []) => {
    const request = { method: 'GET', host: 'api.test', path, headers, nowMs: 0 };
    const lent = { value: 'the-real-secret-0815', placeholder: 'the-placeholder-4711' };
    expect(applyIdentity(request, { secret: 'name', slot: { kind: 'bearer' } }, lent)).toEqual({
      path,
      headers: [...headers, 'authorization', `Bearer ${lent.value}`],
    });
  },
);
