/** Attempts to find something on the host and bring it home by the way that is allowed, or to do something to the host. */
import { readdirSync, readFileSync, writeFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { all, carryHome } from './wire.mjs';

const LOOT_WORD = /bbl[0-9a-f]{24}/g;

/** Carries home every word of loot in a text. */
async function carryLoot(targets, text) {
  const words = [...new Set(text.match(LOOT_WORD))];
  if (words.length === 0) throw new Error('nothing was there');
  await all(words.map((word) => carryHome(targets, word)));
}

/** A file of every process that /proc shows, those that cannot be read left out. */
function ofAllProcesses(file) {
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

export const LOOT = {
  'read-file': async (t) => await carryLoot(t, readFileSync(t.lootPath, 'utf8')),
  environment: async (t) => await carryLoot(t, JSON.stringify(process.env)),
  'proc-environ': async (t) => await carryLoot(t, ofAllProcesses('environ')),
  'proc-cmdline': async (t) => await carryLoot(t, ofAllProcesses('cmdline')),
  'write-file': async (t, nonce) => write(t.writePath, nonce),
  'write-tmp': async (t, nonce) => write(t.tmpPath, nonce),
  kill: async (t) => process.kill(t.killPid, 'SIGTERM'),
};
