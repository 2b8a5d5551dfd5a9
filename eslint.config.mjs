import tseslint from 'typescript-eslint';

/** Bare database access would skip the workspace scope; only these rooms may hold it (architecture.md, "The database"). */
const barePool = {
  paths: [
    { name: 'pg', importNames: ['Pool', 'Client'], message: 'Use Database from #postgres: a bare pool skips the workspace scope.' },
    { name: 'typeorm', importNames: ['DataSource'], message: 'Use Database from #postgres: a bare data source skips the workspace scope.' },
  ],
};

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', 'coverage/**', '.patchbay/**', '.servers/**'] },
  ...tseslint.configs.strictTypeChecked.map((config) => ({ ...config, files: ['**/*.ts'] })),
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: false }],
      '@typescript-eslint/consistent-type-imports': 'off', // decorators need the values that emitDecoratorMetadata names
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: false }],
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      'no-restricted-imports': ['error', barePool],
      'no-console': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      eqeqeq: 'error',
    },
  },
  {
    files: ['libs/postgres/**/*.ts', 'services/event-store/**/*.ts', 'services/standalone/src/bench/**/*.ts', 'libs/testing/**/*.ts'],
    rules: { 'no-restricted-imports': 'off' },
  },
  {
    files: ['**/*.spec.ts', '**/*.contract.ts', 'libs/testing/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/explicit-module-boundary-types': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off', // expect.any() and friends are typed any
      '@typescript-eslint/no-unsafe-member-access': 'off', // parsed JSON bodies
    },
  },
  {
    files: ['libs/domain/**/*.ts', 'libs/events/**/*.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'The clock is an input of the domain.' },
        { selector: "CallExpression[callee.name='randomUUID']", message: 'Ids are an input of the domain.' },
      ],
    },
  },
);
