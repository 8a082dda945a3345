/** Attempts to find something on the host and bring it home by the way that is allowed, or to do something to the host. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { all, carryHome } from './wire.mjs';

const LOOT_WORD = /bbl[0-9a-f]{24}/g;

/** Carries home every word of loot in a text. */
export async function carryLoot(targets, text) {
  const words = [...new Set(text.match(LOOT_WORD))];
  if (words.length === 0) throw new Error('nothing was there');
  await all(words.map((word) => carryHome(targets, word)));
}

function write(path, nonce) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, nonce);
}

/** A process of the bottle's own that has a word in its arguments and its environment, for as long as this takes. */
async function withOwnProcess(word, use) {
  const child = spawn('sh', ['-c', 'read -r line', word], {
    env: { WORD: word },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  await once(child, 'spawn');
  try {
    return await use(child);
  } finally {
    child.kill('SIGKILL');
  }
}

async function readOwnFile(t, nonce) {
  const path = join(mkdtempSync(join(tmpdir(), 'own-')), 'file');
  write(path, nonce);
  await carryHome(t, readFileSync(path, 'utf8'));
}

/** A file of the bottle's own is written and read again. */
async function writeOwn(_t, nonce) {
  const path = join(mkdtempSync(join(tmpdir(), 'own-')), 'file');
  write(path, nonce);
  if (readFileSync(path, 'utf8') !== nonce) throw new Error('something else is in the file');
}

async function killOwn(_t, nonce) {
  await withOwnProcess(nonce, async (child) => {
    const ended = once(child, 'exit');
    process.kill(child.pid, 'SIGTERM');
    const [, signal] = await ended;
    if (signal !== 'SIGTERM') throw new Error(`it ended by ${signal}`);
  });
}

export const LOOT = {
  'read-file': {
    attack: async (t) => await carryLoot(t, readFileSync(t.lootPath, 'utf8')),
    control: readOwnFile,
  },
  'write-file': { attack: async (t, nonce) => write(t.writePath, nonce), control: writeOwn },
  'write-tmp': { attack: async (t, nonce) => write(t.tmpPath, nonce), control: writeOwn },
  kill: { attack: async (t) => process.kill(t.killPid, 'SIGTERM'), control: killOwn },
};
