/** `npm run bench -- NAME [ARGS...]`: runs bench/NAME.ts. Results are ratios to a peer measured in the same run. */
const BENCHES = ['start', 'microvm', 'tunnel', 'gateway', 'neighbour', 'dlp', 'gitleaks'] as const;

const [name = '', ...args] = process.argv.slice(2);
if (!(BENCHES as readonly string[]).includes(name)) {
  console.error(`usage: npm run bench -- ${BENCHES.join('|')}`);
  process.exit(2);
}
const bench = (await import(`./${name}.ts`)) as { main(args: readonly string[]): Promise<void> };
await bench.main(args);
