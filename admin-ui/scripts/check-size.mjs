// The page's JavaScript stays under 150 kB gzipped. usage: check-size.mjs FOLDER
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const limit = 150_000;
const assets = join(process.argv[2] ?? 'dist', 'assets');
const scripts = readdirSync(assets).filter((name) => name.endsWith('.js'));
const total = scripts.reduce((sum, name) => sum + gzipSync(readFileSync(join(assets, name)), { level: 9 }).length, 0);
console.log(`${scripts.length} script(s), ${total} bytes gzipped of at most ${limit}`);
if (scripts.length === 0 || total > limit) process.exit(1);
