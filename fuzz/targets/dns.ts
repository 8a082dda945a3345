import { RCODE, readQuery, writeAnswer } from '../../src/gateway/dns/message.ts';
import { must, type Target } from '../target.ts';

/** DNS queries: a response answers its question, is never answered itself, and stays within its maximal length. */

const MOST_OF_AN_ANSWER = 12 + 255 + 4 + 16;

const query = (name: string, type: string): Buffer =>
  Buffer.from(`\x12\x34\x01\0\0\x01\0\0\0\0\0\0${name}\0\0${type}\0\x01`, 'latin1');

export const target: Target = {
  seeds: [query('\x03www\x07example\x03org', '\x01'), query('\x04xn--', '\x1c'), query('', '\x02')],
  tokens: [
    '\xc0\x0c',
    '\x3f',
    '\x40',
    '\0',
    '\x07example',
    '\x01a',
    '\0\x01\0\x01',
    '\0\x1c\0\x01',
    '\0\xff',
  ],
  maxBytes: 1_024,
  run: (input) => {
    const read = readQuery(input);
    if (read === undefined) return;
    must(read.name === undefined || /^[\w-]+(?:\.[\w-]+)*$|^$/.test(read.name), 'a name of odd characters');
    must(read.name === undefined || read.name.length <= 253, 'a name that is too long');
    must(input.includes(read.question), 'a question that was not asked');
    for (const rcode of Object.values(RCODE)) {
      for (const address of [undefined, '127.200.0.1']) {
        const answer = writeAnswer(read, rcode, address);
        must(answer.length <= MOST_OF_AN_ANSWER, 'an answer that is too long');
        must(readQuery(answer) === undefined, 'an answer that would be answered');
        must(answer.readUInt16BE(0) === read.id, 'an answer to another');
      }
    }
    if (read.question.length === 0) return;
    const again = readQuery(
      Buffer.concat([Buffer.from('\0\0\x01\0\0\x01\0\0\0\0\0\0', 'latin1'), read.question]),
    );
    must(again?.name === read.name && again?.type === read.type, 'a question that reads differently alone');
  },
};
