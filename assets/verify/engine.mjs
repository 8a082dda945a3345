/** Attempts to speak to the container engine of the host. It is asked what it is, and nothing else. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ownDir } from './files.mjs';
import { all, carryHome } from './wire.mjs';

/** What an engine says of itself. */
async function versionAt(socketPath) {
  const response = await new Promise((resolve, reject) => {
    request({ socketPath, path: '/version', headers: { host: 'engine' } }, resolve)
      .on('error', reject)
      .end();
  });
  return await text(response);
}

/** As the host has it too, of its own engine. */
const digestOf = (version) => createHash('sha256').update(version).digest('hex');

/** An engine of the bottle's own, which has a word for a version. */
async function askOwn(t, nonce) {
  const path = join(ownDir(), 'engine.sock');
  const server = createServer((_, response) => response.end(nonce)).listen(path);
  await once(server, 'listening');
  try {
    await carryHome(t, await versionAt(path));
  } finally {
    server.close();
  }
}

export const ENGINE = {
  'engine-socket': {
    attack: async ({ engineSockets }) => {
      const digests = [];
      const asked = engineSockets.map(async (path) => digests.push(digestOf(await versionAt(path))));
      await all(asked);
      throw new Error(`an engine answers: ${digests.join(' ')}`);
    },
    control: askOwn,
  },
};
