import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { awaitApi, callApi } from '../../src/drivers/microvm/vmm/api.ts';
import {
  firecrackerCommand,
  loadRequest,
  saveRequests,
  type ApiRequest,
} from '../../src/drivers/microvm/vmm/firecracker.ts';
import { RESUME, STOP } from '../support/firecracker/requests.ts';
import { run } from '../../src/host/run.ts';
import { installStandIn } from '../support/firecracker/install.ts';
import { collect, until } from '../support/saying.ts';
import { startProgram, type StartedProgram } from '../support/firecracker/program.ts';

/** How strict the stand-in for Firecracker is, and that what asks it says what was refused. No machine is started here. */

let dir: string;
let programPath: string;
let standIn: StartedProgram;
let socketPath: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'fc-'));
  programPath = await installStandIn(dir);
});
afterAll(async () => await rm(dir, { recursive: true, force: true }));

let count = 0;
beforeEach(async () => {
  socketPath = join(dir, `api-${(count += 1)}`);
  standIn = startProgram(firecrackerCommand({ programPath, id: 'strict-1', socketPath }));
  await awaitApi({ socketPath, ended: standIn.ended, timeoutMs: 20_000 });
});
afterEach(async () => {
  standIn.kill();
  await standIn.ended;
});

const put = (path: string, body?: ApiRequest['body']): ApiRequest =>
  body === undefined ? { method: 'PUT', path } : { method: 'PUT', path, body };

/** What it says is wrong. @throws Error where nothing is */
async function faultOf(request: ApiRequest): Promise<string> {
  const error: unknown = await callApi(socketPath, request).catch((thrown: unknown) => thrown);
  if (error === undefined) throw new Error('it was not refused');
  expect(error).toMatchObject({
    code: 'rungUnavailable',
    message: `Firecracker refuses ${request.method} ${request.path}`,
    fix: expect.any(String) as string,
  });
  return (error as { readonly details: readonly string[] }).details.join('\n');
}

/** All that is answered on one connection: texts are sent, and a number is how many answers are waited for then. */
async function answersTo(...steps: readonly (string | number)[]): Promise<string> {
  const socket = connect(socketPath);
  const heard = collect(socket);
  for (const step of steps) {
    if (typeof step === 'string') socket.write(step);
    else await until(() => heard().split('HTTP/1.1 ').length > step);
  }
  socket.destroy();
  return heard();
}

const DRIVE = { drive_id: 'disk0', is_root_device: false, is_read_only: true, path_on_host: '/dev/null' };
const NIC = { iface_id: 'eth0', host_dev_name: 'lo' };

test('what it was told is what it says', async () => {
  await callApi(socketPath, put('/machine-config', { vcpu_count: 2, mem_size_mib: 64 }));
  await callApi(socketPath, put('/drives/disk0', DRIVE));
  await callApi(socketPath, put('/drives/disk0', { ...DRIVE, path_on_host: '/dev/zero' }));
  expect(await callApi(socketPath, { method: 'GET', path: '/vm/config' })).toEqual({
    'machine-config': { vcpu_count: 2, mem_size_mib: 64 },
    drives: [{ ...DRIVE, path_on_host: '/dev/zero' }],
    'network-interfaces': [],
  });
  expect(await callApi(socketPath, { method: 'GET', path: '/' })).toEqual({
    app_name: 'Firecracker',
    id: 'strict-1',
    state: 'Not started',
    vmm_version: '1.16.1',
  });
});

test.each<[ApiRequest, string]>([
  [put('/drives/disk0', { ...DRIVE, discard: true }), 'body.discard is not known'],
  [put('/drives/disk0', { ...DRIVE, is_read_only: 'yes' }), 'body.is_read_only is no boolean'],
  [put('/drives/disk0', { ...DRIVE, cache_type: 'None' }), 'body.cache_type is none of Unsafe, Writeback'],
  [put('/drives/disk0', { path_on_host: '/dev/null' }), 'body has no drive_id'],
  [put('/machine-config', { vcpu_count: 64, mem_size_mib: 64 }), 'body.vcpu_count is above 32'],
  [put('/machine-config', { vcpu_count: 3, mem_size_mib: 64, smt: true }), 'The vCPU number is invalid'],
  [put('/drives/disk1', DRIVE), 'The id from the path does not match the id from the body!'],
  [put('/drives/disk-0', { ...DRIVE, drive_id: 'disk-0' }), 'alphanumeric characters and underscores'],
  [put('/drives/disk0', { ...DRIVE, path_on_host: '/dev/none' }), 'manipulating the backing file: ENOENT'],
  [put('/boot-source', { kernel_image_path: '/none' }), 'The kernel file cannot be opened'],
  [put('/boot-source', { kernel_image_path: '/dev/null', boot_args: 'x'.repeat(2049) }), 'overflows'],
  [put('/network-interfaces/eth0', { ...NIC, host_dev_name: 'no-tap' }), 'Open tap device failed: no-tap'],
  [put('/network-interfaces/eth0', { ...NIC, guest_mac: '02:00' }), 'invalid MAC'],
  [put('/vsock', { guest_cid: 2, uds_path: '/v' }), 'body.guest_cid is below 3'],
  [put('/vsock', { guest_cid: 3, uds_path: '/v' }), 'the stand-in does not have PUT /vsock'],
  [put('/disks/disk0', DRIVE), 'Invalid request method and/or path'],
  [{ method: 'PATCH', path: '/boot-source', body: {} }, 'Invalid request method and/or path'],
  [put('/entropy'), 'Empty PUT request.'],
  [{ method: 'GET', path: '/', body: {} }, 'GET request cannot have a body.'],
])('it refuses %j', async (request, fault) => {
  expect(await faultOf(request)).toContain(fault);
});

const BEFORE_START = 'The requested operation is not supported before starting the microVM.';
const SAVED = { statePath: '/none/state', memoryPath: '/none/memory' };

test.each([...saveRequests(SAVED), RESUME, STOP])('before the start it refuses %j', async (request) => {
  expect(await faultOf(request)).toBe(BEFORE_START);
});

test('it starts no machine without a kernel, and no kernel that is no ELF file', async () => {
  const start = put('/actions', { action_type: 'InstanceStart' });
  expect(await faultOf(start)).toContain('without kernel configuration');
  const kernelPath = join(dir, 'bzImage');
  await writeFile(kernelPath, 'MZ no program');
  await callApi(socketPath, put('/boot-source', { kernel_image_path: kernelPath }));
  expect(await faultOf(start)).toContain('Invalid Elf magic number');
});

test('two disks are not both the root, and two interfaces have not one address', async () => {
  await callApi(socketPath, put('/drives/disk0', { ...DRIVE, is_root_device: true }));
  const second = { ...DRIVE, drive_id: 'disk1', is_root_device: true };
  expect(await faultOf(put('/drives/disk1', second))).toContain('A root block device already exists!');
  const guest_mac = '02:00:00:00:00:01';
  await callApi(socketPath, put('/network-interfaces/eth0', { ...NIC, guest_mac }));
  const other = { ...NIC, iface_id: 'eth1', guest_mac };
  expect(await faultOf(put('/network-interfaces/eth1', other))).toContain('already in use');
});

test('what was saved is loaded by one that was told nothing of a machine, and ends it where it is not there', async () => {
  await callApi(socketPath, put('/logger', { level: 'Error' }));
  expect(await faultOf(put('/logger', { level: 'Error' }))).toContain('already there');
  const both = { ...loadRequest(SAVED).body, mem_file_path: '/none/memory' };
  expect(await faultOf(put('/snapshot/load', both))).toContain('exclusively');
  await callApi(socketPath, put('/entropy', {}));
  expect(await faultOf(loadRequest(SAVED))).toContain(
    'not allowed after configuring boot-specific resources',
  );
});

test('one that cannot load ends', async () => {
  expect(await faultOf(loadRequest(SAVED))).toContain('Failed to restore from snapshot');
  expect(await standIn.ended).toBe('exit code 1');
});

test('a body is as long as it says, and that is 51200 bytes at most', async () => {
  const longest = JSON.stringify({ kernel_image_path: 'k'.repeat(51_200 - 24) });
  const head = (length: number): string => `PUT /boot-source HTTP/1.1\r\nContent-Length: ${length}\r\n\r\n`;
  expect(longest).toHaveLength(51_200);
  expect(await answersTo(head(51_200), longest, 1)).toContain('The kernel file cannot be opened');
  expect(await answersTo(head(51_201), 1)).toContain(
    'Request payload with size 51201 is larger than the limit of 51200 allowed by server.',
  );
  expect(await answersTo(`${head(2)}{}}`, 1)).toContain('body has no kernel_image_path');
});

test('how much it takes can be set', async () => {
  const path = `${socketPath}-less`;
  const command = firecrackerCommand({ programPath, id: 'strict-2', socketPath: path });
  const other = startProgram([...command, '--http-api-max-payload-size', '8']);
  await awaitApi({ socketPath: path, ended: other.ended, timeoutMs: 20_000 });
  const refused = callApi(path, put('/entropy', { rate_limiter: {} }));
  await expect(refused).rejects.toMatchObject({
    details: [expect.stringMatching(/status 400: .*larger than the limit of 8 allowed/)],
  });
  other.kill();
  await other.ended;
});

test('it reads nothing that comes in chunks, no other method, no long line, and no length that is no number', async () => {
  const chunked = 'PUT /entropy HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n';
  expect(await answersTo(chunked, 1, '2\r\n{}\r\n0\r\n\r\n', 2)).toMatch(
    /^HTTP\/1.1 400 [^]*Empty PUT[^]*Invalid HTTP Method/,
  );
  expect(await answersTo(`${chunked}2\r\n{}\r\n0\r\n\r\n`, 1)).toMatch(
    /^HTTP\/1.1 400 [^]*unanswered requests will be dropped/,
  );
  expect(await answersTo('DELETE /drives/a HTTP/1.1\r\n\r\n', 1)).toContain('Unsupported HTTP method');
  expect(await answersTo('GET / HTTP/2.0\r\n\r\n', 1)).toContain('Unsupported HTTP version');
  expect(await answersTo(`GET /${'a'.repeat(1024)}`, 1)).toContain('Invalid request.');
  expect(await answersTo('PUT / HTTP/1.1\r\nContent-Length: ten\r\n\r\n', 1)).toContain('Invalid value');
  expect(await answersTo('PUT /entropy HTTP/1.1\r\nContent-Length: 1\r\n\r\n{', 1)).toContain(
    'deserializing',
  );
});

test('it reads a request that comes in pieces, and two at once, and answers in their order', async () => {
  expect(await answersTo('GET /ver', 'sion HTTP/1.1\r\nHost: lo', 'calhost\r\n\r\n', 1)).toContain(
    '"1.16.1"',
  );
  const answers = await answersTo('GET /version HTTP/1.1\r\n\r\nGET /machine-config HTTP/1.1\r\n\r\n', 2);
  expect(answers).toMatch(/firecracker_version[^]*vcpu_count/);
});

test('it has ten connections, and tells another so', async () => {
  const sockets: Socket[] = [];
  for (let index = 0; index < 10; index += 1) {
    const socket = connect(socketPath);
    sockets.push(socket);
    socket.write('GET /version HTTP/1.1\r\n\r\n');
    await once(socket, 'data');
  }
  const error: unknown = await callApi(socketPath, { method: 'GET', path: '/' }).catch(
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({
    details: [expect.stringMatching(/^status 503: .*Too many open connections/)],
  });
  for (const socket of sockets) socket.destroy();
});

test('it starts with arguments of Firecracker’s only, at a socket that nobody has, by a path that fits', async () => {
  const exit = async (...args: readonly string[]): Promise<unknown> => await run(programPath, args);
  expect(await exit('--no-such')).toMatchObject({ exitCode: 153 });
  expect(await exit('--id', 'a_b')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('Invalid instance ID') as string,
  });
  expect(await exit('--api-sock', socketPath)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('EADDRINUSE') as string,
  });
  expect(await exit('--api-sock', `/tmp/${'s'.repeat(103)}`)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('SUN_LEN') as string,
  });
});

test('who waits for it says that it ended, that it is not there, and that it does not answer', async () => {
  const awaited = { socketPath: join(dir, 'none'), timeoutMs: 200 };
  const ended = Promise.resolve('exit code 153\nArguments parsing error');
  await expect(awaitApi({ ...awaited, ended })).rejects.toMatchObject({
    code: 'rungUnavailable',
    details: ['exit code 153\nArguments parsing error'],
  });
  const never = new Promise<string>(() => undefined);
  await expect(awaitApi({ ...awaited, ended: never })).rejects.toThrow('was not there in 200 ms');
  const silentPath = join(dir, 'silent');
  const silent = createServer(() => undefined).listen(silentPath);
  await once(silent, 'listening');
  await expect(callApi(silentPath, RESUME, 200)).rejects.toThrow('does not answer PATCH /vm');
  silent.close();
});
