// What the page starts with stays under 150 kB gzipped, and with what its screens load later under 200 kB.
// usage: check-size.mjs FOLDER
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const folder = process.argv[2] ?? 'dist';
const assets = join(folder, 'assets');
const page = readFileSync(join(folder, 'index.html'), 'utf8');
const sizes = readdirSync(assets)
  .filter((name) => name.endsWith('.js'))
  .map((name) => ({
    atOnce: page.includes(name),
    bytes: gzipSync(readFileSync(join(assets, name)), { level: 9 }).length,
  }));

function check(what, limit, counted) {
  const total = counted.reduce((sum, { bytes }) => sum + bytes, 0);
  console.log(`${what}: ${counted.length} script(s), ${total} bytes gzipped of at most ${limit}`);
  if (counted.length === 0 || total > limit) process.exitCode = 1;
}
check(
  'at once',
  150_000,
  sizes.filter(({ atOnce }) => atOnce),
);
check('in all', 200_000, sizes);
