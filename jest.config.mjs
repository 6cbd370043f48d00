// One jest for every package; TypeScript is stripped by swc, and @holdfast/* resolves to sources, so no build is needed first.
const swc = {
  jsc: {
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
    target: 'es2023',
    keepClassNames: true,
  },
  module: { type: 'es6' },
  sourceMaps: 'inline',
};
const project = (displayName, testMatch, extra = {}) => ({
  displayName,
  testMatch,
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['holdfast-source', 'node', 'node-addons'] },
  setupFiles: ['<rootDir>/test/support/same-examples.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', swc] },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  // From the root on: the checkout itself may lie in a folder of such a name.
  modulePathIgnorePatterns: ['<rootDir>/.*/dist/', '<rootDir>/tmp/', '<rootDir>/\\.holdfast'],
  ...extra,
});
const root = '<rootDir>';
export default {
  maxWorkers: 2,
  // A busy computer is no failure, and whoever hangs still ends. Jest takes this for all projects or none.
  testTimeout: 60_000,
  coverageProvider: 'v8',
  projects: [
    project('unit', [`${root}/{domain,workflows,activities,infra,services}/**/src/**/!(*.int).test.ts`, `${root}/test/*.test.ts`, `${root}/test/{chaos,support,bench,tidy}/!(*.chaos).test.ts`]),
    project('contract', [`${root}/test/contracts/**/*.test.ts`, `${root}/{infra,services}/**/src/**/*.int.test.ts`]),
    project('machines', [`${root}/test/machines/**/*.test.ts`]),
    project('workflow', [`${root}/test/workflow/**/*.test.ts`]),
    project('e2e', [`${root}/test/e2e/**/*.e2e.test.ts`]),
    project('chaos', [`${root}/test/chaos/**/*.chaos.test.ts`]),
  ],
};
