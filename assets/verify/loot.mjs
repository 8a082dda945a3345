/** Attempts to find something on the host and bring it home by the way that is allowed, or to do something to the host. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { all, carryHome } from './wire.mjs';

export const LOOT_WORD = /bbl[0-9a-f]{24}/g;

/** Carries home every word of loot in a text, beside the nonce of the attempt that found it: others look for the same ones. */
export async function carryLoot(targets, nonce, text) {
  const words = [...new Set(text.match(LOOT_WORD))];
  if (words.length === 0) throw new Error('nothing was there');
  await all(words.map((word) => carryHome(targets, `${nonce}/${word}`)));
}

/** A file of every process that /proc shows, those that cannot be read left out. */
export function ofAllProcesses(file) {
  const read = (pid) => {
    try {
      return readFileSync(`/proc/${pid}/${file}`, 'latin1');
    } catch {
      return '';
    }
  };
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(read)
    .join('\n');
}

function write(path, nonce) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, nonce);
}

/** A process of the bottle's own that has a word in its arguments and its environment, for as long as this takes. */
export async function withOwnProcess(word, use) {
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

/** What lies in the bottle is found and carried home, by the code that looks for what lies on the host. */
const findingOwn = (file) => async (t, nonce) =>
  await withOwnProcess(nonce, async () => {
    const text = ofAllProcesses(file);
    if (!text.includes(nonce)) throw new Error('an own process is not seen');
    await carryHome(t, nonce);
  });

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
    attack: async (t, nonce) => await carryLoot(t, nonce, readFileSync(t.lootPath, 'utf8')),
    control: readOwnFile,
  },
  environment: {
    attack: async (t, nonce) => await carryLoot(t, nonce, JSON.stringify(process.env)),
    control: async (t, nonce) => await carryHome(t, { ...process.env, WORD: nonce }.WORD),
  },
  'proc-environ': {
    attack: async (t, nonce) => await carryLoot(t, nonce, ofAllProcesses('environ')),
    control: findingOwn('environ'),
  },
  'proc-cmdline': {
    attack: async (t, nonce) => await carryLoot(t, nonce, ofAllProcesses('cmdline')),
    control: findingOwn('cmdline'),
  },
  'write-file': { attack: async (t, nonce) => write(t.writePath, nonce), control: writeOwn },
  'write-tmp': { attack: async (t, nonce) => write(t.tmpPath, nonce), control: writeOwn },
  kill: { attack: async (t) => process.kill(t.killPid, 'SIGTERM'), control: killOwn },
};
