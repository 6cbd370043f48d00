// What a reader or the compiler does not see: promises nobody waits for, `any`, clocks and randomness where they must not be.
// Layout is nobody's rule but prettier's (.prettierrc); who may import what is in .dependency-cruiser.cjs.
import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const TESTS = ['**/*.test.ts', '**/*.test-support.ts', 'test/**/*.ts'];

const EMPTY_CATCH = {
  selector: 'CatchClause > BlockStatement[body.length=0]',
  message: 'An error must not be swallowed: handle it, answer something, or let it pass.',
};

/** Whatever makes a second run differ from the first. Time and ids come in as arguments. */
const NOT_PURE = [
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'No clock here: time comes in as an argument.' },
  { selector: "CallExpression[callee.name='Date']", message: 'No clock here: time comes in as an argument.' },
];
const NOT_PURE_PROPERTIES = [
  { object: 'Date', property: 'now', message: 'No clock here: time comes in as an argument.' },
  { object: 'Math', property: 'random', message: 'No randomness here: ids come in as arguments.' },
];
const NOT_PURE_GLOBALS = [
  'process',
  'Buffer',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'performance',
  'crypto',
  'fetch',
  'globalThis',
].map((name) => ({ name, message: 'Not in domain or workflows: they must give the same answer in every run.' }));

export default defineConfig(
  { ignores: ['**/dist/', '**/node_modules/', 'coverage/', 'tmp/', '.holdfast/', '**/*.generated.ts', '**/generated/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.eslint.json', tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_$', destructuredArrayIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/prefer-optional-chain': 'error',
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/unified-signatures': 'error',
      // Numbers are read as people write them; objects are still refused.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // An async method without await still answers a promise when it throws, as its port says.
      '@typescript-eslint/require-await': 'off',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'off',
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true, named: true, defaultFrom: true, namedFrom: true, namespaceFrom: true } }],
      'no-restricted-syntax': ['error', EMPTY_CATCH],
    },
  },
  {
    files: ['domain/src/**/*.ts', 'workflows/src/**/*.ts'],
    ignores: TESTS,
    rules: {
      'no-restricted-globals': ['error', ...NOT_PURE_GLOBALS],
      'no-restricted-properties': ['error', ...NOT_PURE_PROPERTIES],
      'no-restricted-syntax': ['error', EMPTY_CATCH, ...NOT_PURE],
    },
  },
  {
    files: TESTS,
    rules: {
      // Answers of servers and of JSON.parse are asserted on, member by member.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    files: ['**/*.mjs', '**/*.cjs'],
    languageOptions: {
      globals: Object.fromEntries(
        ['process', 'console', 'URL', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'module', 'require', 'Buffer', 'fetch', 'performance', 'AbortController'].map((name) => [
          name,
          'readonly',
        ]),
      ),
    },
    rules: { 'no-restricted-syntax': ['error', EMPTY_CATCH] },
  },
);
