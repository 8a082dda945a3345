import { describe, expect, test } from 'vitest';
import { StreamFault } from './faults.ts';
import { readAnswer, readRequest, readTrailers } from './fields.ts';

const GET = [':method', 'GET', ':scheme', 'https', ':authority', 'a.test', ':path', '/x?y'];
const TUNNEL = [':method', 'CONNECT', ':authority', 'a.test:443'];

describe('fields of requests', () => {
  test('are read when they are well-formed', () => {
    expect(readRequest([...GET, 'content-length', '05', 'te', 'trailers'])).toEqual({
      method: 'GET',
      scheme: 'https',
      authority: 'a.test',
      path: '/x?y',
      protocol: '',
      headers: ['content-length', '05', 'te', 'trailers'],
      contentLength: 5,
    });
    expect(readRequest(TUNNEL)).toMatchObject({ method: 'CONNECT', scheme: '', path: '' });
    const upgraded = [...TUNNEL, ':scheme', 'https', ':path', '/', ':protocol', 'websocket'];
    expect(readRequest(upgraded)).toMatchObject({ protocol: 'websocket', path: '/' });
    expect(readRequest([':method', 'OPTIONS', ':scheme', 'https', ':path', '*'])).toMatchObject({
      path: '*',
    });
  });

  test.each([
    ['no method', GET.slice(2)],
    ['no scheme', [...GET.slice(0, 2), ...GET.slice(4)]],
    ['no path', GET.slice(0, 6)],
    ['an empty path', [...GET.slice(0, 6), ':path', '']],
    ['a path of no path', [...GET.slice(0, 6), ':path', 'x']],
    ['a space in the path', [...GET.slice(0, 6), ':path', '/a b']],
    ['a control character in the path', [...GET.slice(0, 6), ':path', '/\x7f']],
    ['a space in the method', [':method', 'G T', ...GET.slice(2)]],
    ['a space in the authority', [':method', 'GET', ':scheme', 'https', ':authority', 'a b', ':path', '/']],
    ['two of a pseudo-header', [...GET, ':path', '/']],
    ['one that is unknown', [...GET, ':x', '1']],
    ['one of answers', [...GET, ':status', '200']],
    ['one behind a header', ['a', 'b', ...GET]],
    ['a protocol without CONNECT', [...GET, ':protocol', 'websocket']],
    ['a tunnel with a path', [...TUNNEL, ':path', '/']],
    ['a tunnel with a scheme', [...TUNNEL, ':scheme', 'https']],
    ['a name in capitals', [...GET, 'X', '1']],
    ['a name with a space', [...GET, 'a b', '1']],
    ['no name', [...GET, '', '1']],
    ['a line end in a value', [...GET, 'a', 'b\r\nc']],
    ['NUL in a value', [...GET, 'a', 'b\0']],
    ['space before a value', [...GET, 'a', ' b']],
    ['space behind a value', [...GET, 'a', 'b\t']],
    ['connection', [...GET, 'connection', 'close']],
    ['transfer-encoding', [...GET, 'transfer-encoding', 'chunked']],
    ['te of gzip', [...GET, 'te', 'gzip']],
    ['two lengths', [...GET, 'content-length', '1', 'content-length', '1']],
    ['a length of no number', [...GET, 'content-length', '+1']],
    ['a list of lengths', [...GET, 'content-length', '1, 1']],
  ])('are refused: %s', (_, fields) => {
    expect(() => readRequest(fields)).toThrow(StreamFault);
  });
});

describe('fields of answers', () => {
  test('are read when they are well-formed, without the space around a value', () => {
    expect(readAnswer([':status', '200', 'a', '  b\t'])).toEqual({
      status: 200,
      headers: ['a', 'b'],
      contentLength: undefined,
    });
  });

  test.each([
    ['no status', ['a', 'b']],
    ['a status of two digits', [':status', '99']],
    ['an invalid status', [':status', '2xx']],
    ['a switch of protocols', [':status', '101']],
    ['a pseudo-header of requests', [':status', '200', ':path', '/']],
    ['a line end', [':status', '200', 'a', 'b\nc']],
    ['connection', [':status', '200', 'connection', 'close']],
  ])('are refused: %s', (_, fields) => {
    expect(() => readAnswer(fields)).toThrow(StreamFault);
  });
});

describe('faults of a host are described without its words', () => {
  const without = /^(?!.*k-ey).+/;

  test.each([
    [':status', 'k-ey'],
    [':status', '200', ':status', 'k-ey'],
  ])('in an answer with the first field %s: %s', (...fields) => {
    expect(() => readAnswer(fields)).toThrow(without);
  });

  test.each([
    ['Xk-ey', '1'],
    [':k-ey', '1'],
    ['a', 'b', ':k-ey', '1'],
    ['k-ey', 'a\0'],
    ['content-length', 'k-ey'],
  ])('in an answer or trailers with %s: %s', (...fields) => {
    expect(() => readAnswer([':status', '200', ...fields])).toThrow(without);
    expect(() => readTrailers(fields)).toThrow(without);
  });
});

test('trailers have no pseudo-headers', () => {
  expect(readTrailers(['grpc-status', '0'])).toEqual(['grpc-status', '0']);
  expect(() => readTrailers([':status', '200'])).toThrow(StreamFault);
});
