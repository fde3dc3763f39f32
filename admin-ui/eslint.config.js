import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

// What the code does; how it looks is Prettier's (prettier.config.mjs).
export default ts.config(
  { ignores: ['node_modules', 'src/api/schema.gen.ts'] },
  js.configs.recommended,
  ts.configs.recommended,
  svelte.configs.recommended,
  { languageOptions: { globals: { ...globals.browser, ...globals.node } } },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
  },
  {
    rules: {
      'no-undef': 'off', // TypeScript says it
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-empty-pattern': ['error', { allowObjectPatternsAsParameters: true }], // Playwright's fixtures without a fixture
      'svelte/no-useless-mustaches': 'off', // Prettier writes {' '} where a blank must stay
      // Most maps and sets here are replaced as a whole, or are no state of the page's.
      'svelte/prefer-svelte-reactivity': 'off',
    },
  },
  // The tests take answers apart that no type describes, and leave marks in the page's own global object.
  { files: ['e2e/**'], rules: { '@typescript-eslint/no-explicit-any': 'off' } },
);
