// Run inside the bottle: sends bytes as they are, in parts, and prints in hex what comes back.
//   node send.mjs ADDRESS PORT HEX...
import { connect } from 'node:net';

const [address, port, ...parts] = process.argv.slice(2);
const socket = connect({ host: address, port: Number(port), noDelay: true, allowHalfOpen: true });
socket.on('data', (chunk) => process.stdout.write(chunk.toString('hex')));
socket.on('error', () => socket.destroy());
for (const part of parts) {
  socket.write(Buffer.from(part, 'hex'));
  await new Promise((done) => setTimeout(done, 15));
}
socket.end();
