import { realpathSync } from 'node:fs';
import { ownPlace, readSettings } from './settings.ts';

/** A stand-in for sw_vers(1): which macOS the stand-in for `container` says that it is on. */

const { env } = process; // oxlint-disable-line node/no-process-env -- a program of its own
const { macosVersion } = readSettings(ownPlace(realpathSync(process.argv[1] ?? ''), env));
const LINES: Readonly<Record<string, string>> = {
  ProductName: 'macOS',
  ProductVersion: macosVersion,
  BuildVersion: '25F00',
};
const wanted = process.argv[2]?.replace(/^-+/, '').toLowerCase();
for (const [name, value] of Object.entries(LINES)) {
  if (wanted === undefined) process.stdout.write(`${name}:\t\t${value}\n`);
  else if (name.toLowerCase() === wanted) process.stdout.write(`${value}\n`);
}
