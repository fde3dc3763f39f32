import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const here = new URL('..', import.meta.url).pathname;
const files = (folder: string): string[] =>
  readdirSync(join(here, folder), { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? files(join(folder, entry.name)) : [join(folder, entry.name)],
  );

it('UX.md names a test that there is for each of its points', () => {
  const tests = new Map(
    [...files('e2e'), ...files('src')].flatMap((path) => {
      const name = /([\w-]+)\.(?:spec|test)\.ts$/.exec(path)?.[1];
      return name ? [[name, readFileSync(join(here, path), 'utf8')] as const] : [];
    }),
  );
  const rows = readFileSync(join(here, 'UX.md'), 'utf8')
    .split('\n')
    .filter((line) => /^\| \d+ \|/.test(line));
  expect(rows.map((row) => Number(row.split('|')[1]))).toEqual(Array.from({ length: 81 }, (_, i) => i + 1));
  for (const row of rows) {
    const named = [...row.matchAll(/`([\w-]+) › ([^`]+)`/g)];
    expect(named.length, row).toBeGreaterThan(0);
    for (const [, file, title] of named) {
      const begins = new RegExp(`(?:test|it|\\))\\(\\s*['\`]${title!.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`);
      expect(begins.test(tests.get(file!) ?? ''), `${file} › ${title}`).toBe(true);
    }
  }
});
